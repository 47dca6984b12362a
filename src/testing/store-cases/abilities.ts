import assert from 'node:assert/strict';
import {
  able,
  absent,
  type CaseDefinition,
  created,
  HOUR,
  listed,
  ofUser,
  present,
  type Subject,
  written,
} from './case.js';

/** More than any batch or page that a backend hands out at once. */
const MANY = 1200;

/** User ids that a careless store would cut, fold or turn into a pattern. */
const USERS = [
  ...`ada@example.org Ada@example.org ada ada* ad? ad_ a% a:b a b 1 01 o'neil a/b ../ada __proto__ null é e\u0301 漢字 😀`.split(
    ' ',
  ),
  'ada@example.org ',
  'a\nb',
];

/**
 * Fails unless byUser of either instance finds exactly `ids`, with the records that a read finds.
 */
async function userHas(
  { store, second }: Subject,
  userId: string,
  ids: readonly string[],
): Promise<void> {
  for (const either of [store, second]) {
    const found = await ofUser(either, userId);
    assert.deepEqual(
      Object.keys(found).sort(),
      [...ids].sort(),
      `sessions of ${JSON.stringify(userId)}`,
    );
    for (const id of ids) assert.deepEqual(found[id], (await present(store, id)).record);
  }
}

/** Creates `count` records, some at a time, and returns their ids. */
async function createMany(
  { store, record }: Subject,
  count: number,
  fields: { userId?: string; expiresAt?: number },
): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `many-${index}`);
  for (let from = 0; from < count; from += 50) {
    await Promise.all(ids.slice(from, from + 50).map((id) => created(store, id, record(fields))));
  }
  return ids.sort();
}

/** What the optional verbs promise. */
export const ABILITY_CASES: readonly CaseDefinition[] = [
  {
    id: 'byUser/own',
    title: 'byUser finds the records of that user and no others',
    run: async (subject) => {
      const { store, record } = subject;
      await created(store, 'a1', record({ userId: 'a', data: 'one' }));
      await created(store, 'a2', record({ userId: 'a', ipAddress: '::1' }));
      await created(store, 'b1', record({ userId: 'b' }));
      await created(store, 'nobody', record());
      await userHas(subject, 'a', ['a1', 'a2']);
      await userHas(subject, 'b', ['b1']);
      await userHas(subject, 'c', []);
    },
  },
  {
    id: 'byUser/moves',
    title: 'byUser follows the user id that an update sets, changes or removes',
    run: async (subject) => {
      const { store, record } = subject;
      let version = await created(store, 'x', record());
      await created(store, 'stays', record({ userId: 'a' }));
      for (const userId of ['a', 'b', undefined, 'b', 'a', 'a']) {
        version = written(
          await store.update('x', record(userId === undefined ? {} : { userId }), version),
          'update',
        );
        await userHas(subject, 'a', userId === 'a' ? ['stays', 'x'] : ['stays']);
        await userHas(subject, 'b', userId === 'b' ? ['x'] : []);
      }
    },
  },
  {
    id: 'byUser/refused',
    title: 'byUser does not follow a create or an update that was refused',
    run: async (subject) => {
      const { store, record } = subject;
      const version = await created(store, 'x', record({ userId: 'a' }));
      written(await store.update('x', record({ userId: 'b' }), version), 'update');
      assert.equal(await store.update('x', record({ userId: 'c' }), version), undefined);
      assert.equal(await store.create('x', record({ userId: 'c' })), undefined);
      await userHas(subject, 'a', []);
      await userHas(subject, 'b', ['x']);
      await userHas(subject, 'c', []);
    },
  },
  {
    id: 'byUser/gone',
    title: 'byUser leaves out what was destroyed, or expired and created again for somebody else',
    run: async (subject) => {
      const { store, record, clock } = subject;
      for (const id of ['first', 'middle', 'last'])
        await created(store, id, record({ userId: 'a' }));
      assert.equal(await store.destroy('middle'), true);
      await userHas(subject, 'a', ['first', 'last']);
      assert.equal(await store.destroy('first'), true);
      await userHas(subject, 'a', ['last']);
      clock.advance(HOUR);
      await userHas(subject, 'a', []);
      await created(store, 'last', record({ userId: 'b' }));
      await created(store, 'middle', record());
      await userHas(subject, 'a', []);
      await userHas(subject, 'b', ['last']);
    },
  },
  {
    id: 'byUser/extended',
    title: 'byUser finds a record as long as touches and updates keep it alive',
    run: async (subject) => {
      const { store, record, clock } = subject;
      let version = await created(store, 'x', record({ userId: 'a' }));
      await created(store, 'y', record({ userId: 'a' }));
      for (let hour = 0; hour < 4; hour++) {
        clock.advance(HOUR - 1);
        if (hour % 2 === 0)
          assert.equal(await store.touch('x', clock.now() + HOUR, clock.now()), true);
        else version = written(await store.update('x', record({ userId: 'a' }), version), 'update');
        await userHas(subject, 'a', hour === 0 ? ['x', 'y'] : ['x']);
      }
    },
  },
  {
    id: 'byUser/odd-users',
    title: 'user ids are text: none is a pattern, and those that look alike are different',
    run: async (subject) => {
      const { store, record } = subject;
      for (const [index, userId] of USERS.entries())
        await created(store, `of-${index}`, record({ userId }));
      for (const [index, userId] of USERS.entries())
        await userHas(subject, userId, [`of-${index}`]);
      await userHas(subject, '*', []);
    },
  },
  {
    id: 'byUser/many',
    title: `byUser finds each of ${MANY} records once`,
    run: async (subject) => {
      const ids = await createMany(subject, MANY, { userId: 'a' });
      await created(subject.store, 'other', subject.record({ userId: 'b' }));
      assert.deepEqual(Object.keys(await ofUser(subject.store, 'a')).sort(), ids);
    },
  },
  {
    id: 'list/live',
    title: 'list finds every live record with its id, and nothing that was destroyed or expired',
    run: async ({ store, second, record, clock }) => {
      const lists = async (expected: unknown) => {
        for (const either of [store, second]) assert.deepEqual(await listed(either), expected);
      };
      await lists({});
      const records = {
        'a*b': record({ userId: 'u', data: 'one' }),
        "it's": record({ ipAddress: '::1' }),
        kept: record({ expiresAt: clock.now() + 2 * HOUR }),
      };
      for (const [id, sample] of Object.entries(records)) await created(store, id, sample);
      await created(store, 'destroyed', record());
      await store.destroy('destroyed');
      await lists(records);
      clock.advance(HOUR);
      await lists({ kept: records.kept });
    },
  },
  {
    id: 'list/many',
    title: `list finds each of ${MANY} records once`,
    run: async (subject) => {
      const ids = await createMany(subject, MANY, {});
      assert.deepEqual(Object.keys(await listed(subject.store)).sort(), ids);
    },
  },
  {
    id: 'count/live',
    title: 'count counts live records',
    run: async ({ store, second, record, clock }) => {
      const counts = async (expected: number) => {
        for (const either of [store, second])
          assert.equal(await able(either, 'count').count(), expected);
      };
      await counts(0);
      const version = await created(store, 'a', record());
      await created(store, 'b', record({ userId: 'u' }));
      await created(store, 'kept', record({ expiresAt: clock.now() + 2 * HOUR }));
      await counts(3);
      await store.update('a', record({ userId: 'u' }), version);
      await store.create('a', record());
      await counts(3);
      await store.destroy('a');
      await counts(2);
      clock.advance(HOUR);
      await counts(1);
    },
  },
  {
    id: 'prune/expired',
    title:
      'prune deletes what expired at or before the instant, returns how many, and leaves the rest',
    run: async ({ store, record, clock }) => {
      const pruning = able(store, 'prune');
      const start = clock.now();
      const expiries = {
        early: start + 1000,
        due: start + 2000,
        after: start + 2001,
        live: start + HOUR,
      };
      for (const [id, expiresAt] of Object.entries(expiries))
        await created(store, id, record({ expiresAt, userId: 'u' }));
      clock.advance(3000);
      assert.equal(await pruning.prune(start + 2000, 100), 2, 'early and due');
      assert.equal(await pruning.prune(start + 2000, 100), 0, 'nothing is left to prune');
      assert.equal(await pruning.prune(clock.now(), 100), 1, 'after');
      assert.deepEqual(
        (await present(store, 'live')).record,
        record({ createdAt: start, touchedAt: start, expiresAt: expiries.live, userId: 'u' }),
      );
      for (const id of ['early', 'due', 'after']) await created(store, id, record());
    },
  },
  {
    id: 'prune/extended',
    title: 'prune goes by the deadline that the last touch or update wrote',
    run: async ({ store, record, clock }) => {
      const pruning = able(store, 'prune');
      await created(store, 'touched', record({ expiresAt: clock.now() + 1000 }));
      const version = await created(store, 'updated', record({ expiresAt: clock.now() + 1000 }));
      const long = await created(store, 'shortened', record());
      await store.touch('touched', record().expiresAt, clock.now());
      await store.update('updated', record(), version);
      await store.update('shortened', record({ expiresAt: clock.now() + 1000 }), long);
      clock.advance(1000);
      assert.equal(await pruning.prune(clock.now(), 100), 1);
      await present(store, 'touched');
      await present(store, 'updated');
      await absent(store, 'shortened');
    },
  },
  {
    id: 'prune/limit',
    title: 'prune deletes at most as many as it may',
    run: async (subject) => {
      const pruning = able(subject.store, 'prune');
      await createMany(subject, 25, {});
      await created(
        subject.store,
        'live',
        subject.record({ expiresAt: subject.clock.now() + 2 * HOUR }),
      );
      const now = subject.clock.advance(HOUR);
      const batches = [];
      for (let batch = 0; batch < 4; batch++) batches.push(await pruning.prune(now, 10));
      assert.deepEqual(batches, [10, 10, 5, 0]);
      await present(subject.store, 'live');
    },
  },
];
