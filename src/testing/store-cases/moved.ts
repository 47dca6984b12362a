import assert from 'node:assert/strict';
import { able, absent, type CaseDefinition, created, HOUR, holds, written } from './case.js';

/** A moved record (`createdAt: 0`) is as any other to all verbs but touch and the lists. */
export const MOVED_CASES: readonly CaseDefinition[] = [
  {
    id: 'moved/verbs',
    title:
      'a moved record is read, refuses a create, and is updated and destroyed, but not touched',
    run: async ({ store, second, record }) => {
      const moved = record({ createdAt: 0, data: 'moved' });
      const first = await created(store, 'a', record({ userId: 'u' }));
      const version = written(await store.update('a', moved, first), 'update to moved');
      for (const either of [store, second]) await holds(either, 'a', moved);
      assert.equal(await second.create('a', record()), undefined, 'create');
      assert.equal(await store.update('a', record(), first), undefined, 'update of a stale writer');
      const later = moved.expiresAt + HOUR;
      assert.equal(await store.touch('a', later, moved.touchedAt + 1), false, 'touch');
      await holds(store, 'a', moved);
      const next = written(
        await store.update('a', { ...moved, data: 'next' }, version),
        'update of the moved record',
      );
      await holds(store, 'a', { ...moved, data: 'next' });
      assert.equal(await store.destroy('a', version), false, 'destroy with an earlier version');
      assert.equal(await store.destroy('a', next), true, 'destroy');
      await absent(store, 'a');
    },
  },
  {
    id: 'moved/expires',
    title: 'a moved record is absent from its deadline on',
    run: async ({ store, record, clock }) => {
      const moved = record({ createdAt: 0, expiresAt: clock.now() + 1000 });
      const version = await created(store, 'a', record());
      written(await store.update('a', moved, version), 'update to moved');
      clock.advance(999);
      await holds(store, 'a', moved);
      clock.advance(1);
      await absent(store, 'a');
      await created(store, 'a', record());
    },
  },
  {
    id: 'prune/moved',
    title: 'prune deletes moved records when their time has come, and not before',
    run: async ({ store, record, clock }) => {
      const pruning = able(store, 'prune');
      const expiresAt = clock.now() + 1000;
      const version = await created(store, 'moved', record({ userId: 'u' }));
      written(
        await store.update('moved', record({ createdAt: 0, expiresAt }), version),
        'update to moved',
      );
      await created(store, 'later', record({ createdAt: 0 }));
      assert.equal(await pruning.prune(clock.now(), 100), 0, 'too early');
      clock.advance(1000);
      assert.equal(await pruning.prune(clock.now(), 100), 1);
      assert.notEqual(await store.read('later'), undefined, 'the one that lives on');
    },
  },
];
