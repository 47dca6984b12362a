import assert from 'node:assert/strict';
import { absent, type CaseDefinition, created, HOUR, holds, written } from './case.js';

/** What a destroyed record is, and stays. */
export const DESTROY_CASES: readonly CaseDefinition[] = [
  {
    id: 'destroy/unconditional',
    title: 'destroy deletes the record whatever its version, and no other; again it returns false',
    run: async ({ store, second, record }) => {
      await created(store, 'a', record());
      await created(store, 'ab', record());
      for (const either of [store, second]) await holds(either, 'a', record());
      assert.equal(await second.destroy('a'), true);
      await absent(store, 'a');
      await absent(second, 'a');
      assert.equal(await store.destroy('a'), false, 'second destroy');
      assert.equal(await second.destroy('a'), false, 'third destroy');
      await holds(store, 'ab', record());
    },
  },
  {
    id: 'destroy/version',
    title: 'destroy with a version deletes only while it is the present one',
    run: async ({ store, record }) => {
      const first = await created(store, 'a', record());
      const second = written(await store.update('a', record({ data: 'next' }), first), 'update');
      assert.equal(await store.destroy('a', first), false, 'earlier version');
      await holds(store, 'a', record({ data: 'next' }));
      assert.equal(await store.destroy('a', second), true, 'present version');
      await absent(store, 'a');
      assert.equal(await store.destroy('a', second), false, 'again');
    },
  },
  {
    id: 'destroy/final',
    title: 'nothing brings a destroyed record back: no late write, no touch, no time that passes',
    run: async ({ store, second, record, clock }) => {
      const first = await created(store, 'a', record({ userId: 'u' }));
      const version = written(
        await second.update('a', record({ userId: 'u', data: 'next' }), first),
        'update',
      );
      assert.equal(await store.touch('a', record().expiresAt + HOUR, clock.now()), true);
      assert.equal(await second.destroy('a', version), true);
      for (const either of [store, second, store]) {
        assert.equal(await either.update('a', record(), version), undefined, 'update');
        assert.equal(
          await either.touch('a', record().expiresAt + HOUR, clock.now()),
          false,
          'touch',
        );
        assert.equal(await either.destroy('a', version), false, 'destroy with a version');
        assert.equal(await either.destroy('a'), false, 'destroy');
        await absent(either, 'a');
        clock.advance(1000);
      }
    },
  },
];
