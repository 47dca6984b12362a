import assert from 'node:assert/strict';
import type { SessionStore } from '../../stores/contract.js';
import {
  absent,
  type CaseDefinition,
  created,
  HOUR,
  holds,
  present,
  type Subject,
  turns,
} from './case.js';

const CONTENDERS = 8;

/** Plays `race` on a fresh id each time, with ever another head start. */
function manyTimes(
  race: (subject: Subject, id: string, round: number) => Promise<void>,
): (subject: Subject) => Promise<void> {
  return async (subject) => {
    for (let round = 0; round < subject.rounds; round++)
      await race(subject, `race-${round}`, round);
  };
}

/** Starts `first` and `second` together, one of them some turns of the event loop later. */
async function together<First, Second>(
  round: number,
  first: () => Promise<First>,
  second: () => Promise<Second>,
): Promise<[First, Second]> {
  const delay = round % 5;
  const firstWaits = round % 2 === 0;
  const late = async <Result>(waits: boolean, run: () => Promise<Result>): Promise<Result> => {
    if (waits) await turns(delay);
    return run();
  };
  return Promise.all([late(firstWaits, first), late(!firstWaits, second)]);
}

/** Every other contender comes from the second instance. */
async function contend<Result>(
  subject: Subject,
  run: (store: SessionStore, contender: number) => Promise<Result>,
): Promise<Result[]> {
  const stores = Array.from({ length: CONTENDERS }, (_, contender) =>
    contender % 2 === 0 ? subject.store : subject.second,
  );
  return Promise.all(stores.map(run));
}

/** The contender who won; fails unless exactly one did. */
function onlyWinner(wins: boolean[], what: string): number {
  assert.equal(wins.filter(Boolean).length, 1, `${what}: exactly one of ${wins.length} wins`);
  return wins.indexOf(true);
}

/** What holds when verbs run at the same time, on two instances. */
export const RACE_CASES: readonly CaseDefinition[] = [
  {
    id: 'races/create',
    title: 'of many creates with one id exactly one wins, and its record is the stored one',
    run: manyTimes(async (subject, id) => {
      const { store, record } = subject;
      const versions = await contend(subject, (either, contender) =>
        either.create(id, record({ data: `${contender}`, userAgent: `${contender}` })),
      );
      const winner = onlyWinner(
        versions.map((version) => version !== undefined),
        'create',
      );
      await holds(store, id, record({ data: `${winner}`, userAgent: `${winner}` }));
      assert.notEqual(
        await store.update(id, record(), versions[winner]),
        undefined,
        "update with the winner's version",
      );
    }),
  },
  {
    id: 'races/create-expired',
    title: 'of many creates in place of an expired record exactly one wins',
    run: manyTimes(async (subject, id) => {
      const { store, record, clock } = subject;
      await created(store, id, record());
      clock.advance(HOUR);
      const versions = await contend(subject, (either, contender) =>
        either.create(id, record({ data: `${contender}` })),
      );
      const winner = onlyWinner(
        versions.map((version) => version !== undefined),
        'create',
      );
      await holds(store, id, record({ data: `${winner}` }));
    }),
  },
  {
    id: 'races/update',
    title:
      'of many updates with one version exactly one wins, and its record is the stored one (V-01)',
    run: manyTimes(async (subject, id) => {
      const { store, record } = subject;
      const version = await created(store, id, record());
      const versions = await contend(subject, (either, contender) =>
        either.update(id, record({ data: `${contender}`, userAgent: `${contender}` }), version),
      );
      const winner = onlyWinner(
        versions.map((next) => next !== undefined),
        'update',
      );
      await holds(store, id, record({ data: `${winner}`, userAgent: `${winner}` }));
    }),
  },
  {
    id: 'races/increments',
    title: 'counting by read and update, tried again when refused, counts every time',
    run: async (subject) => {
      const { store, record, rounds } = subject;
      await created(store, 'counter', record({ data: '0' }));
      await contend(subject, async (either) => {
        let done = 0;
        // Whenever one is refused another one succeeded, so nobody needs more attempts than there
        // are increments.
        for (let attempt = 0; attempt < CONTENDERS * rounds && done < rounds; attempt++) {
          const stored = await present(either, 'counter');
          const next = record({ data: `${Number(stored.record.data) + 1}` });
          if ((await either.update('counter', next, stored.version)) !== undefined) done++;
        }
        assert.equal(done, rounds, 'increments done');
      });
      await holds(store, 'counter', record({ data: `${CONTENDERS * rounds}` }));
    },
  },
  {
    id: 'races/read-update',
    title: 'a read sees a record whole: the one before an update or the one after it',
    run: manyTimes(async ({ store, second, record }, id, round) => {
      const sample = (text: string) =>
        record({ data: text.repeat(2000), userId: text, userAgent: text });
      const version = await created(store, id, sample('a'));
      const [reads] = await together(
        round,
        () => Promise.all(Array.from({ length: CONTENDERS }, () => present(second, id))),
        () => store.update(id, sample('b'), version),
      );
      for (const read of reads) assert.deepEqual(read.record, sample(String(read.record.userId)));
    }),
  },
  {
    id: 'races/touch-update',
    title:
      'a touch neither undoes nor refuses an update that runs at the same time, and comes from a version before or after it',
    run: manyTimes(async ({ store, second, record, clock }, id, round) => {
      const version = await created(store, id, record());
      const touched = { touchedAt: clock.now() + 1, expiresAt: clock.now() + 2 * HOUR };
      const next = record({ data: 'next', userAgent: 'next' });
      const [moved, updated] = await together(
        round,
        () => second.touch(id, touched.expiresAt, touched.touchedAt),
        () => store.update(id, next, version),
      );
      assert.equal(moved, true, 'touch');
      assert.notEqual(updated, undefined, 'update');
      const { record: stored } = await present(store, id);
      assert.deepEqual(
        stored,
        stored.touchedAt === touched.touchedAt ? { ...next, ...touched } : next,
      );
      assert.notEqual(
        await store.update(id, record(), updated),
        undefined,
        'update with the version that the update returned',
      );
    }),
  },
  {
    id: 'races/touches',
    title: 'many touches while updates follow each other lose no update',
    run: manyTimes(async ({ store, second, record, clock }, id) => {
      let version = await created(store, id, record({ data: '0' }));
      let writing = true;
      const touch = async (either: SessionStore): Promise<void> => {
        for (; writing; await turns(1))
          assert.equal(await either.touch(id, clock.now() + HOUR, clock.now()), true, 'touch');
      };
      const write = async (): Promise<void> => {
        for (let data = 1; data <= CONTENDERS; data++) {
          version = await store.update(id, record({ data: `${data}` }), version);
          assert.notEqual(version, undefined, `update ${data}`);
          assert.equal((await present(store, id)).record.data, `${data}`);
        }
      };
      const writer = write().finally(() => {
        writing = false;
      });
      await Promise.all([writer, touch(store), touch(second)]);
      assert.equal((await present(store, id)).record.data, `${CONTENDERS}`);
    }),
  },
  {
    id: 'races/late-touch',
    title: 'of many touches at the same time the latest times stand, in whatever order they arrive',
    run: manyTimes(async (subject, id, round) => {
      const { store, record } = subject;
      const { expiresAt, touchedAt } = record();
      await created(store, id, record());
      const later = (contender: number): number => ((contender + round) % CONTENDERS) + 1;
      const touched = await contend(subject, (either, contender) =>
        either.touch(id, expiresAt + later(contender), touchedAt + later(contender)),
      );
      assert.ok(touched.every(Boolean), 'every touch');
      await holds(
        store,
        id,
        record({ expiresAt: expiresAt + CONTENDERS, touchedAt: touchedAt + CONTENDERS }),
      );
    }),
  },
  {
    id: 'races/destroy',
    title: 'of many destroys exactly one deletes',
    run: manyTimes(async (subject, id) => {
      await created(subject.store, id, subject.record());
      onlyWinner(await contend(subject, (either) => either.destroy(id)), 'destroy');
      await absent(subject.store, id);
    }),
  },
  {
    id: 'races/destroy-update',
    title:
      'a record is gone after a destroy, whatever updates and touches ran at the same time (V-01)',
    run: manyTimes(async ({ store, second, record }, id, round) => {
      const version = await created(store, id, record());
      const [destroyed] = await together(
        round,
        () => store.destroy(id),
        () =>
          Promise.all([
            second.update(id, record({ data: 'late' }), version),
            second.touch(id, record().expiresAt + HOUR, record().touchedAt),
            store.update(id, record({ data: 'later' }), version),
            store.touch(id, record().expiresAt + HOUR, record().touchedAt),
          ]),
      );
      assert.equal(destroyed, true);
      await absent(store, id);
      await absent(second, id);
    }),
  },
  {
    id: 'races/destroy-writer',
    title: 'a destroy ends a writer that reads and updates without pause',
    run: manyTimes(async ({ store, second, record }, id, round) => {
      await created(store, id, record());
      let running = true;
      const write = async (): Promise<void> => {
        for (; running; await turns(1)) {
          const stored = await second.read(id);
          if (stored === undefined) return;
          await second.update(id, record(), stored.version);
        }
      };
      const destroy = async (): Promise<void> => {
        await turns(round % 5);
        assert.equal(await store.destroy(id), true);
        await absent(store, id);
      };
      const destroyer = destroy().finally(() => {
        running = false;
      });
      await Promise.all([write(), destroyer]);
      await absent(second, id);
    }),
  },
  {
    id: 'races/destroy-version',
    title: 'of an update and a destroy with the same version exactly one wins',
    run: manyTimes(async ({ store, second, record }, id, round) => {
      const version = await created(store, id, record());
      const [updated, destroyed] = await together(
        round,
        () => store.update(id, record({ data: 'next' }), version),
        () => second.destroy(id, version),
      );
      onlyWinner([updated !== undefined, destroyed], 'update or destroy');
      if (destroyed) await absent(store, id);
      else await holds(second, id, record({ data: 'next' }));
    }),
  },
];
