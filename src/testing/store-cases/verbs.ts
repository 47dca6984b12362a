import assert from 'node:assert/strict';
import { absent, type CaseDefinition, created, HOUR, holds, present, written } from './case.js';

/** What each verb does when nothing else happens at the same time. */
export const VERB_CASES: readonly CaseDefinition[] = [
  {
    id: 'create/live',
    title: 'create on a live record returns undefined and changes nothing',
    run: async ({ store, second, record }) => {
      const version = await created(store, 'a', record());
      assert.equal(await store.create('a', record({ data: 'intruder' })), undefined);
      assert.equal(await second.create('a', record({ data: 'intruder' })), undefined);
      await holds(store, 'a', record());
      written(
        await store.update('a', record({ data: 'second' }), version),
        'update after the refused create',
      );
    },
  },
  {
    id: 'create/destroyed',
    title: 'create after a destroy makes a new record',
    run: async ({ store, record }) => {
      await created(store, 'a', record({ userId: 'u' }));
      assert.equal(await store.destroy('a'), true);
      const version = await created(store, 'a', record({ data: 'new' }));
      await holds(store, 'a', record({ data: 'new' }));
      written(await store.update('a', record(), version), 'update');
    },
  },
  {
    id: 'read/version',
    title: 'the version that create, update and read return is the present one',
    run: async ({ store, second, record }) => {
      await created(store, 'a', record());
      let { version } = await present(store, 'a');
      for (const data of ['1', '2', '3']) {
        version = written(
          await store.update('a', record({ data }), version),
          'update with the version of the last write',
        );
      }
      for (const either of [store, second]) {
        version = (await present(either, 'a')).version;
        written(
          await either.update('a', record({ data: '4' }), version),
          'update with the version of a read',
        );
      }
      await holds(store, 'a', record({ data: '4' }));
    },
  },
  {
    id: 'update/whole',
    title: 'update replaces the whole record',
    run: async ({ store, record, clock }) => {
      const version = await created(store, 'a', record({ userId: 'u', ipAddress: '::1' }));
      const now = clock.now();
      const next = {
        data: 'next',
        createdAt: now - 7,
        touchedAt: now + 1,
        expiresAt: now + 2 * HOUR,
        userId: 'v',
        userAgent: 'x',
      };
      written(await store.update('a', next, version), 'update');
      await holds(store, 'a', next);
      clock.advance(HOUR + 1);
      await holds(store, 'a', next);
    },
  },
  {
    id: 'update/shorter',
    title: 'update may bring the deadline nearer',
    run: async ({ store, record, clock }) => {
      const version = await created(store, 'a', record());
      written(
        await store.update('a', record({ expiresAt: clock.now() + 1000 }), version),
        'update',
      );
      clock.advance(1000);
      await absent(store, 'a');
    },
  },
  {
    id: 'update/stale',
    title: 'update with an earlier version returns undefined and changes nothing',
    run: async ({ store, second, record }) => {
      const first = await created(store, 'a', record({ data: '1' }));
      const next = written(await store.update('a', record({ data: '2' }), first), 'update');
      for (const either of [store, second]) {
        assert.equal(
          await either.update('a', record({ data: 'late', userId: 'u' }), first),
          undefined,
        );
        await holds(either, 'a', record({ data: '2' }));
      }
      written(
        await store.update('a', record({ data: '3' }), next),
        'update with the present version',
      );
    },
  },
  {
    id: 'update/same-record',
    title:
      'an update that changes no field still gives a new version, and a record that is as it once was does not get its old one back',
    run: async ({ store, record }) => {
      const first = await created(store, 'a', record());
      const second = written(
        await store.update('a', record(), first),
        'update with the same record',
      );
      assert.equal(
        await store.update('a', record(), first),
        undefined,
        'the version before the same record was written',
      );
      const third = written(await store.update('a', record({ data: 'other' }), second), 'update');
      const fourth = written(await store.update('a', record(), third), 'update back');
      for (const old of [first, second, third])
        assert.equal(await store.update('a', record({ data: 'late' }), old), undefined);
      written(await store.update('a', record(), fourth), 'update with the present version');
    },
  },
  {
    id: 'update/destroyed',
    title: 'update after a destroy returns undefined and does not create (V-01)',
    run: async ({ store, second, record }) => {
      const version = await created(store, 'a', record({ userId: 'u' }));
      assert.equal(await second.destroy('a'), true);
      for (const either of [store, second]) {
        assert.equal(await either.update('a', record(), version), undefined);
        await absent(store, 'a');
        await absent(second, 'a');
      }
    },
  },
  {
    id: 'update/recreated',
    title:
      'a version of a destroyed record does not match the record created after it, however often either was written',
    run: async ({ store, record }) => {
      const old = [await created(store, 'a', record())];
      for (let write = 0; write < 3; write++)
        old.push(written(await store.update('a', record(), old.at(-1)), 'update'));
      assert.equal(await store.destroy('a'), true);
      let version = await created(store, 'a', record());
      for (let write = 0; write < 5; write++) {
        for (const stale of old) {
          assert.equal(
            await store.update('a', record({ data: 'late' }), stale),
            undefined,
            'update',
          );
          assert.equal(await store.destroy('a', stale), false, 'destroy');
        }
        await holds(store, 'a', record());
        version = written(
          await store.update('a', record(), version),
          'update with the present version',
        );
      }
    },
  },
  {
    id: 'update/expired-recreated',
    title: 'a version of an expired record does not match the record created after it',
    run: async ({ store, record, clock }) => {
      const version = await created(store, 'a', record());
      clock.advance(HOUR);
      await created(store, 'a', record());
      assert.equal(await store.update('a', record({ data: 'late' }), version), undefined, 'update');
      assert.equal(await store.destroy('a', version), false, 'destroy');
      await holds(store, 'a', record());
    },
  },
  {
    id: 'touch/only-deadlines',
    title: 'touch moves expiresAt and touchedAt, and nothing else',
    run: async ({ store, second, record, clock }) => {
      const before = record({ data: 'kept', userId: 'u', ipAddress: '::1', userAgent: 'x' });
      await created(store, 'a', before);
      const expiresAt = before.expiresAt + 12_345;
      const touchedAt = clock.advance(1001);
      assert.equal(await second.touch('a', expiresAt, touchedAt), true);
      await holds(store, 'a', { ...before, expiresAt, touchedAt });
      clock.set(expiresAt - 1);
      await holds(store, 'a', { ...before, expiresAt, touchedAt });
      clock.advance(1);
      await absent(store, 'a');
    },
  },
  {
    id: 'touch/version',
    title: 'touch keeps the version: an update and a destroy that read before it succeed',
    run: async ({ store, record }) => {
      const version = await created(store, 'a', record());
      const later = record().expiresAt + 1000;
      assert.equal(await store.touch('a', later, later - HOUR), true);
      const next = written(
        await store.update('a', record({ data: 'next' }), version),
        'update with the version read before the touch',
      );
      assert.equal(await store.touch('a', later, later - HOUR), true);
      await holds(store, 'a', record({ data: 'next', expiresAt: later, touchedAt: later - HOUR }));
      assert.equal(
        await store.destroy('a', next),
        true,
        'destroy with the version read before the touch',
      );
    },
  },
  {
    id: 'touch/late',
    title: 'a touch that arrives late moves nothing back, not even into the past',
    run: async ({ store, second, record, clock }) => {
      const before = record();
      const version = await created(store, 'a', before);
      const { expiresAt, touchedAt } = before;
      for (const late of [1, 1000, 2 * HOUR]) {
        assert.equal(await second.touch('a', expiresAt - late, touchedAt - late), true);
        await holds(store, 'a', before);
      }
      clock.set(expiresAt - 1);
      await holds(store, 'a', before);
      written(await store.update('a', record(), version), 'update after the late touches');
    },
  },
  {
    id: 'touch/each',
    title: 'of the two times, each becomes the later one for itself',
    run: async ({ store, second, record }) => {
      const before = record();
      const { expiresAt, touchedAt } = before;
      await created(store, 'a', before);
      assert.equal(await second.touch('a', expiresAt + 1000, touchedAt - 1000), true);
      await holds(second, 'a', { ...before, expiresAt: expiresAt + 1000 });
      assert.equal(await second.touch('a', expiresAt, touchedAt + 500), true);
      await holds(second, 'a', {
        ...before,
        expiresAt: expiresAt + 1000,
        touchedAt: touchedAt + 500,
      });
    },
  },
  {
    id: 'touch/destroyed',
    title: 'touch after a destroy returns false and creates nothing',
    run: async ({ store, second, record }) => {
      await created(store, 'a', record({ userId: 'u' }));
      assert.equal(await store.destroy('a'), true);
      for (const either of [second, store]) {
        assert.equal(await either.touch('a', record().expiresAt + HOUR, record().touchedAt), false);
        await absent(store, 'a');
        await absent(second, 'a');
      }
      await created(store, 'a', record());
    },
  },
];
