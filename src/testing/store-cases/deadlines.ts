import assert from 'node:assert/strict';
import type { SessionRecord, SessionStore } from '../../stores/contract.js';
import {
  able,
  absent,
  type CaseDefinition,
  created,
  HOUR,
  holds,
  listed,
  ofUser,
  type Subject,
} from './case.js';

const DAY = 24 * HOUR;
/**
 * Distances of a deadline: whole and broken seconds, and both sides of the 30 days from which
 * memcached takes a TTL for a date.
 */
const DISTANCES = [
  2,
  999,
  1000,
  1001,
  90_500,
  HOUR,
  30 * DAY - 1000,
  30 * DAY,
  30 * DAY + 1000,
  400 * DAY + 1,
];

interface Moment {
  readonly store: SessionStore;
  readonly id: string;
  readonly version: unknown;
  readonly record: SessionRecord;
  readonly live: boolean;
  /** Where the moment lies, for messages. */
  readonly where: string;
}

/** Asks `check` about records one millisecond before their deadline, at it, and one after. */
function atDeadline(check: (moment: Moment) => Promise<void>): (subject: Subject) => Promise<void> {
  return async ({ store, record, clock }) => {
    for (const distance of DISTANCES) {
      for (const offset of [-1, 0, 1]) {
        const id = `${distance}${offset}`;
        const sample = record({ expiresAt: clock.now() + distance, userId: id });
        const version = await created(store, id, sample);
        await holds(store, id, sample);
        clock.advance(distance + offset);
        await check({
          store,
          id,
          version,
          record: sample,
          live: offset < 0,
          where: `${offset} ms from a deadline of ${distance} ms`,
        });
      }
    }
  };
}

/**
 * A record is absent for every verb from its deadline on, to the millisecond of the clock that the
 * store was given (F-16).
 */
export const DEADLINE_CASES: readonly CaseDefinition[] = [
  {
    id: 'deadline/read',
    title: 'read: the record is there until its deadline and not from then on (F-16)',
    run: atDeadline(async ({ store, id, record, live, where }) => {
      assert.deepEqual((await store.read(id))?.record, live ? record : undefined, where);
    }),
  },
  {
    id: 'deadline/create',
    title: 'create: refused until the deadline, a new record from then on (F-16)',
    run: atDeadline(async ({ store, id, record, live, where }) => {
      const { userId: _, ...next } = {
        ...record,
        data: 'next',
        expiresAt: record.expiresAt + HOUR,
      };
      assert.equal((await store.create(id, next)) === undefined, live, where);
      await holds(store, id, live ? record : next);
    }),
  },
  {
    id: 'deadline/update',
    title: 'update: nothing is written from the deadline on (F-16)',
    run: atDeadline(async ({ store, id, version, record, live, where }) => {
      const next = { ...record, expiresAt: record.expiresAt + HOUR };
      assert.equal((await store.update(id, next, version)) !== undefined, live, where);
      if (live) await holds(store, id, next);
      else await absent(store, id);
    }),
  },
  {
    id: 'deadline/touch',
    title: 'touch: false from the deadline on, and the record does not come back (F-16)',
    run: atDeadline(async ({ store, id, record, live, where }) => {
      const expiresAt = record.expiresAt + HOUR;
      assert.equal(await store.touch(id, expiresAt, record.touchedAt), live, where);
      if (live) await holds(store, id, { ...record, expiresAt });
      else await absent(store, id);
    }),
  },
  {
    id: 'deadline/destroy',
    title: 'destroy: false from the deadline on (F-16)',
    run: atDeadline(async ({ store, id, version, live, where }) => {
      if (!live)
        assert.equal(await store.destroy(id, version), false, `${where}, with its version`);
      assert.equal(await store.destroy(id), live, where);
      await absent(store, id);
    }),
  },
  {
    id: 'byUser/deadline',
    title: 'byUser: the record is listed until its deadline and not from then on (F-16)',
    run: atDeadline(async ({ store, id, record, live, where }) => {
      assert.deepEqual(await ofUser(store, id), live ? { [id]: record } : {}, where);
    }),
  },
  {
    id: 'list/deadline',
    title: 'list: the record is listed until its deadline and not from then on (F-16)',
    run: atDeadline(async ({ store, id, live, where }) => {
      assert.equal(id in (await listed(store)), live, where);
    }),
  },
  {
    id: 'count/deadline',
    title: 'count: the record counts until its deadline and not from then on (F-16)',
    run: atDeadline(async ({ store, id, live, where }) => {
      assert.equal(await able(store, 'count').count(), live ? 1 : 0, where);
      await store.destroy(id);
    }),
  },
  {
    id: 'deadline/past',
    title: 'a record created or updated with a deadline that has passed is absent at once',
    run: async ({ store, record, clock }) => {
      await store.create('a', record({ expiresAt: clock.now() }));
      await absent(store, 'a');
      const version = await created(store, 'b', record());
      await store.update('b', record({ expiresAt: clock.now() - 1 }), version);
      await absent(store, 'b');
      for (const id of ['a', 'b']) {
        assert.equal(
          await store.touch(id, record().expiresAt, clock.now()),
          false,
          `touch of ${id}`,
        );
        await created(store, id, record());
      }
    },
  },
  {
    id: 'deadline/kept',
    title:
      'a record stays until the latest deadline it was given: the one of its creation, its last update and its last touch do not outlive it',
    run: async ({ store, record, clock }) => {
      const version = await created(store, 'a', record({ expiresAt: clock.now() + 1500 }));
      await store.touch('a', clock.now() + 40 * DAY, clock.now());
      for (let day = 0; day < 39; day += 13) {
        assert.notEqual(await store.read('a'), undefined, `day ${day}`);
        clock.advance(13 * DAY);
      }
      const next = record({ data: 'next', expiresAt: clock.now() + 2500 });
      assert.notEqual(await store.update('a', next, version), undefined);
      clock.advance(2499);
      await holds(store, 'a', next);
      clock.advance(1);
      await absent(store, 'a');
    },
  },
];
