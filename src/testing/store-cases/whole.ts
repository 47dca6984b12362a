import assert from 'node:assert/strict';
import { able, absent, type CaseDefinition, created, holds, ofUser } from './case.js';

/** Verbs that concern a whole store: clear, migrate and close. */
export const WHOLE_CASES: readonly CaseDefinition[] = [
  {
    id: 'clear/all',
    title: 'clear deletes every record; the store goes on, and no earlier version matches',
    run: async ({ store, second, record }) => {
      const version = await created(store, 'a', record({ userId: 'u' }));
      await created(second, 'b', record());
      await able(store, 'clear').clear();
      for (const id of ['a', 'b']) {
        await absent(store, id);
        await absent(second, id);
      }
      assert.equal(await store.update('a', record(), version), undefined, 'update');
      if (store.byUser) assert.deepEqual(await ofUser(store, 'u'), {});
      await created(store, 'a', record());
      assert.equal(
        await store.update('a', record({ data: 'late' }), version),
        undefined,
        'update of the record created after it',
      );
      await holds(store, 'a', record());
      await able(store, 'clear').clear();
      await able(store, 'clear').clear();
      await absent(store, 'a');
    },
  },
  {
    id: 'migrate/again',
    title: 'migrate may be called again, by many at once, and keeps what is stored',
    run: async ({ store, second, record }) => {
      await created(store, 'a', record({ userId: 'u' }));
      await able(store, 'migrate').migrate();
      await Promise.all([able(store, 'migrate').migrate(), able(second, 'migrate').migrate()]);
      await holds(second, 'a', record({ userId: 'u' }));
    },
  },
  {
    id: 'close/again',
    title: 'close may be called again, and another instance on the same backend goes on',
    run: async ({ store, second, record }) => {
      await created(store, 'a', record());
      await able(store, 'close').close();
      await able(store, 'close').close();
      if (second !== store) await holds(second, 'a', record());
    },
  },
];
