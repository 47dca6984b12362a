import { describe, expect, test } from 'vitest';
import { fromConnect } from '../../src/bridges/connect.js';
import session from '../../src/dialects/express-session.js';
import { createSessions } from '../../src/index.js';
import { eachEntry, type SessionRecord, type SessionStore } from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';
import { type MoveProgress, type MovingStore, movingStore } from '../../src/stores/moving.js';
import { Visitor } from '../visitor.js';

const HOUR = 3_600_000;

function record(fields: Partial<SessionRecord> = {}): SessionRecord {
  const now = Date.now();
  return { data: 'old', createdAt: now, touchedAt: now, expiresAt: now + HOUR, ...fields };
}

function ends(): { from: SessionStore; to: SessionStore } {
  return { from: memoryStore({ warn: false }), to: memoryStore({ warn: false }) };
}

function startMoving({ from, to }: { from: SessionStore; to: SessionStore }): MovingStore {
  return movingStore({ from, to, phase: 'move' });
}

async function moved(store: MovingStore): Promise<MoveProgress | undefined> {
  let last: MoveProgress | undefined;
  for await (const progress of store.move()) last = progress;
  return last;
}

type When = 'before' | 'after';

/** Both stores, whose call number `at` of all fails before or after it is done. */
function failingAt(pair: { from: SessionStore; to: SessionStore }, at: number, when: When) {
  let calls = 0;
  const failing = (store: SessionStore): SessionStore =>
    new Proxy(store, {
      get(target, verb: keyof SessionStore) {
        const value: unknown = Reflect.get(target, verb);
        if (typeof value !== 'function') return value;
        return async (...parameters: unknown[]) => {
          const isFailing = ++calls === at;
          if (isFailing && when === 'before') throw new Error('not sent');
          const result: unknown = await value.apply(target, parameters);
          if (isFailing) throw new Error('answer lost');
          return result;
        };
      },
    });
  return { from: failing(pair.from), to: failing(pair.to), calls: () => calls };
}

/** What a server does with a session that is in `from`, and what it leaves there at the end. */
const CHANGES: Readonly<
  Record<string, { run(store: MovingStore): Promise<unknown>; leaves: string | undefined }>
> = {
  update: {
    async run(store) {
      const found = await store.read('a');
      return store.update('a', record({ data: 'new' }), found?.version as string);
    },
    leaves: 'new',
  },
  move: { run: moved, leaves: 'old' },
  touch: { run: (store) => store.touch('a', Date.now() + 2 * HOUR, Date.now()), leaves: 'old' },
  destroy: { run: (store) => store.destroy('a'), leaves: undefined },
};

describe.each(Object.entries(CHANGES))('%s', (_, { run, leaves }) => {
  test.each(['before', 'after'] as const)(
    'F-06 whichever call fails, %s it is done: the session is as it was or as it shall be, and the next server goes on',
    async (when) => {
      for (let at = 1; ; at++) {
        const pair = ends();
        await pair.from.create('a', record());
        const failing = failingAt(pair, at, when);
        const outcome = await run(startMoving(failing)).then(
          () => 'done',
          () => 'failed',
        );
        const next = startMoving(pair);
        const found = (await next.read('a'))?.record.data;
        if (outcome === 'done') expect(found).toBe(leaves);
        else expect(['old', leaves]).toContain(found);
        await moved(next);
        expect(await pair.from.read('a')).toBeUndefined();
        expect((await next.read('a'))?.record.data).toBe(found);
        expect(await next.verify()).toEqual({
          left: 0,
          arrived: found === undefined ? 0 : 1,
          twice: [],
        });
        if (failing.calls() < at) break;
      }
    },
  );
});

/** Both stores; before their call number `at` of all, `act` is done. */
function interrupted(
  pair: { from: SessionStore; to: SessionStore },
  at: number,
  act: () => Promise<unknown>,
) {
  let calls = 0;
  const watch = (store: SessionStore): SessionStore =>
    new Proxy(store, {
      get(target, verb: keyof SessionStore) {
        const value: unknown = Reflect.get(target, verb);
        if (typeof value !== 'function') return value;
        return async (...parameters: unknown[]) => {
          if (++calls === at) await act();
          return value.apply(target, parameters);
        };
      },
    });
  return { from: watch(pair.from), to: watch(pair.to), calls: () => calls };
}

test.each(['prepare', 'move'] as const)(
  'V-02 a touch by a server in the phase %s counts, whichever call of a move it comes before',
  async (phase) => {
    for (let at = 1; ; at++) {
      const pair = ends();
      const begun = record();
      await pair.from.create('a', begun);
      const other = movingStore({ ...pair, phase });
      const until = begun.expiresAt + HOUR;
      const watched = interrupted(pair, at, () => other.touch('a', until, begun.touchedAt));
      await moved(startMoving(watched));
      if (watched.calls() < at) break;
      expect((await pair.to.read('a'))?.record, `before call ${at}`).toEqual({
        ...begun,
        expiresAt: until,
      });
    }
  },
);

test.each(['prepare', 'move'] as const)(
  'V-01 a session that a server in the phase %s ends stays ended, whichever call of a move it comes before',
  async (phase) => {
    for (let at = 1; ; at++) {
      const pair = ends();
      await pair.from.create('a', record());
      const other = movingStore({ ...pair, phase });
      const watched = interrupted(pair, at, () => other.destroy('a'));
      await moved(startMoving(watched));
      if (watched.calls() < at) break;
      expect(await other.read('a'), `before call ${at}`).toBeUndefined();
      expect(await pair.from.read('a')).toBeUndefined();
    }
  },
);

test('a session that `to` does not keep stays in `from`, and its request fails', async () => {
  const pair = ends();
  await pair.from.create('a', record());
  const forgetful: SessionStore = {
    ...pair.to,
    async update(id, next, version) {
      const result = await pair.to.update(id, next, version);
      await pair.to.destroy(id);
      return result;
    },
  };
  await expect(moved(startMoving({ ...pair, to: forgetful }))).rejects.toMatchObject({
    code: 'store-failed',
    message: expect.stringContaining('still in the memory store'),
  });
  const next = startMoving(pair);
  expect((await next.read('a'))?.record.data).toBe('old');
  expect(await pair.to.count?.()).toBe(1);
});

test('V-02 a copy that somebody left in `to` neither hides the session nor outlives it', async () => {
  const pair = ends();
  for (const id of ['changed', 'moved', 'ended']) {
    await pair.from.create(id, record({ data: 'present' }));
    await pair.to.create(id, record({ data: 'copy' }));
  }
  const store = startMoving(pair);
  const found = await store.read('changed');
  expect(found?.record.data).toBe('present');
  expect(
    await store.update('changed', record({ data: 'next' }), `${found?.version}`),
  ).toBeDefined();
  expect(await store.destroy('ended')).toBe(true);
  expect(await store.read('ended')).toBeUndefined();
  expect((await store.verify()).twice).toEqual(['moved']);
  await moved(store);
  expect((await pair.to.read('changed'))?.record.data).toBe('next');
  expect((await pair.to.read('moved'))?.record.data).toBe('present');
});

describe('lists, while a session moves between two of their calls', () => {
  const phases = ['prepare', 'move'] as const;

  test.each(phases)('%s: byUser neither misses it nor gives it twice', async (phase) => {
    for (const direction of ['on', 'back'] as const) {
      // Nobody turns back before the last server has left the phase `move`.
      if (phase === 'move' && direction === 'back') continue;
      const pair = ends();
      await pair.from.create('a', record({ userId: 'u' }));
      const on = startMoving(pair);
      if (direction === 'back') await moved(on);
      const mover = direction === 'on' ? on : startMoving({ from: pair.to, to: pair.from });
      let isFirst = true;
      const from: SessionStore = {
        ...pair.from,
        async byUser(userId, page) {
          const result = await pair.from.byUser?.(userId, page);
          if (isFirst) await moved(mover);
          isFirst = false;
          return result ?? { entries: [] };
        },
      };
      const store = movingStore({ ...pair, from, phase });
      const ids = [];
      for await (const { id } of eachEntry((page) => store.byUser?.('u', page) as never))
        ids.push(id);
      expect(ids, direction).toEqual(['a']);
    }
  });

  test.each(phases)('%s: list does not give it twice', async (phase) => {
    const pair = ends();
    for (const id of ['a', 'b', 'c']) await pair.from.create(id, record());
    const store = movingStore({ ...pair, phase });
    const ids = [];
    let after: string | undefined;
    do {
      const page = await store.list?.({ after, limit: 2 });
      for (const { id } of page?.entries ?? []) ids.push(id);
      after = page?.next;
      if (after?.includes('"from"') !== true) await moved(startMoving(pair));
    } while (after !== undefined);
    expect(ids.sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('move', () => {
  test('moves every session and tells how far it is', async () => {
    const pair = ends();
    for (let index = 0; index < 100; index++) await pair.from.create(`s${index}`, record());
    const steps: MoveProgress[] = [];
    for await (const progress of startMoving(pair).move()) steps.push(progress);
    expect(steps.at(-1)).toMatchObject({ moved: 100, total: 100 });
    expect(steps.length).toBeGreaterThan(2);
    expect(await pair.from.count?.()).toBe(0);
    expect(await pair.to.count?.()).toBe(100);
  });

  test('is as fast as it may be, and no faster', async () => {
    const pair = ends();
    for (let index = 0; index < 30; index++) await pair.from.create(`s${index}`, record());
    const since = performance.now();
    for await (const { moved: count } of startMoving(pair).move({ perSecond: 100 })) {
      const seconds = (performance.now() - since) / 1000;
      expect(count).toBeLessThanOrEqual(seconds * 100 + 33);
    }
    expect(performance.now() - since).toBeGreaterThan(250);
  });

  test('stops when it is told to, and goes on when it is called again', async () => {
    const pair = ends();
    for (let index = 0; index < 100; index++) await pair.from.create(`s${index}`, record());
    const store = startMoving(pair);
    const stop = new AbortController();
    for await (const _ of store.move({ signal: stop.signal })) stop.abort();
    const left = (await store.verify()).left;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(100);
    expect(await moved(store)).toMatchObject({ moved: left, total: left });
  });

  test('moves what sessions left behind when they got new tokens', async () => {
    const pair = ends();
    await pair.from.create('present', record({ userId: 'u' }));
    await pair.from.create('former', record({ userId: 'u', createdAt: 0, data: 'trace' }));
    await moved(startMoving(pair));
    expect((await pair.to.read('former'))?.record).toMatchObject({ createdAt: 0, data: 'trace' });
    expect(await pair.from.read('former')).toBeUndefined();
  });

  test('is refused in the phase prepare', () => {
    const store = movingStore({ ...ends(), phase: 'prepare' });
    expect(() => store.move()).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

test('a visitor is signed in with the same token before, while and after the session moves, and back', async () => {
  const pair = ends();
  let cookie: string | undefined;
  const phases: SessionStore[] = [
    pair.from,
    movingStore({ ...pair, phase: 'prepare' }),
    startMoving(pair),
    pair.to,
    movingStore({ from: pair.to, to: pair.from, phase: 'prepare' }),
    startMoving({ from: pair.to, to: pair.from }),
    pair.from,
  ];
  for (const [index, store] of phases.entries()) {
    const sessions = createSessions<{ visits: number }>({ store });
    const visitor = new Visitor(sessions, cookie);
    await visitor.visit(async (session) => {
      if (index === 0) await session.login('ann');
      expect(session.userId).toBe('ann');
      expect(session.increment('visits')).toBe(index + 1);
    });
    cookie = visitor.cookie;
    if (index === 2 || index === 5) await moved(store as MovingStore);
  }
});

test('from a store of express-session that fromConnect keeps', async () => {
  const from = fromConnect(new session.MemoryStore());
  await from.create('a', record({ userId: 'u' }));
  const pair = { from, to: memoryStore({ warn: false }) };
  const store = startMoving(pair);
  await moved(store);
  expect((await pair.to.read('a'))?.record).toEqual((await store.read('a'))?.record);
  expect(await from.count?.()).toBe(0);
});

test.each([
  [{}, 'from'],
  [{ from: 'redis://host', to: memoryStore(), phase: 'move' }, 'from is a text'],
  [{ from: memoryStore(), phase: 'move' }, 'to is missing'],
  [{ ...ends(), phase: 'copy' }, "Begin with 'prepare'"],
  [{ ...ends() }, "Begin with 'prepare'"],
  [{ ...ends(), phase: 'move', retries: 1 }, "no option 'retries'"],
])('options %# are refused', (options, message) => {
  expect(() => movingStore(options as never)).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(message) }),
  );
});

test.each([
  [{ perSecond: 0 }, 'perSecond is 0'],
  [{ perSecond: Number.NaN }, 'perSecond is NaN'],
  [{ perSecond: '9' }, "perSecond is '9'"],
  [{ persecond: 9 }, 'persecond'],
  [null, 'not an object'],
])('move refuses %j', (options, message) => {
  expect(() => startMoving(ends()).move(options as never)).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(message) }),
  );
});
