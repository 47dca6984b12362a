import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createSessions } from '../../src/index.js';
import type { SessionRecord, SessionStore, StoreAbility } from '../../src/stores/contract.js';
import { fileStore } from '../../src/stores/file.js';
import { memoryStore } from '../../src/stores/memory.js';
import { tieredStore } from '../../src/stores/tiered.js';
import { manualClock } from '../../src/testing/clock.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { explore } from '../races/explorer.js';
import { Visitor } from '../visitor.js';

describe('contract, within one process', () => {
  storeSuite({
    test,
    createStore: async ({ now }) => {
      const store = tieredStore({ near: memoryStore({ now }), far: memoryStore({ now }), now });
      return { store, cleanup: async () => store.close?.() };
    },
    differences: { migrate: 'memory has no schema' },
  });
});

describe('contract, between two processes', () => {
  storeSuite({
    test,
    createStore: async ({ now }) => {
      const far = memoryStore({ now });
      const start = (): SessionStore => tieredStore({ near: memoryStore({ now }), far, now });
      return { store: start(), second: start() };
    },
    differences: {
      migrate: 'memory has no schema',
      'destroy/unconditional':
        'the other process may read its copy for up to `staleness`; see the tests of it below',
    },
  });
});

describe('contract, with a near store that takes its time', () => {
  storeSuite({
    test,
    createStore: async ({ now }) => {
      const folder = await mkdtemp(join(tmpdir(), 'sojourn-tiered-'));
      const store = tieredStore({
        near: fileStore({ directory: folder, now }),
        far: memoryStore({ now }),
        now,
      });
      return {
        store,
        cleanup: async () => {
          await store.close?.();
          await rm(folder, { recursive: true });
        },
      };
    },
  });
});

const clock = manualClock();

/** Two processes: each has its own near store in front of the same far one. */
function processes(staleness?: '5s'): {
  one: SessionStore;
  other: SessionStore;
  far: SessionStore<number>;
  counts: { reads: number };
} {
  const far = memoryStore({ now: clock.now });
  const counts = { reads: 0 };
  const counted: SessionStore<number> = {
    ...far,
    read(id) {
      counts.reads++;
      return far.read(id);
    },
  };
  const start = (): SessionStore =>
    tieredStore({ near: memoryStore({ now: clock.now }), far: counted, staleness, now: clock.now });
  return { one: start(), other: start(), far, counts };
}

function record(data = '{}', expiresIn = 60_000): SessionRecord {
  const now = clock.now();
  return { data, createdAt: now, touchedAt: now, expiresAt: now + expiresIn };
}

describe('staleness', () => {
  test('within it reads do not ask the far store', async () => {
    const { one, counts } = processes();
    await one.create('a', record('line one\nline two'));
    const first = await one.read('a');
    clock.advance(999);
    expect(await one.read('a')).toEqual(first);
    expect(first?.record.data).toBe('line one\nline two');
    expect(counts.reads).toBe(1);
    clock.advance(1);
    expect(await one.read('a')).toEqual(first);
    expect(counts.reads).toBe(2);
  });

  test.each([
    [undefined, 1000],
    ['5s', 5000],
  ] as const)(
    'V-05 with %s a destroy by another process is seen after %d ms, to the millisecond',
    async (staleness, bound) => {
      const { one, other } = processes(staleness);
      await one.create('a', record());
      await one.read('a');
      await other.destroy('a');
      expect(await other.read('a')).toBeUndefined();
      clock.advance(bound - 1);
      expect(await one.read('a')).toBeDefined();
      clock.advance(1);
      expect(await one.read('a')).toBeUndefined();
    },
  );

  test('it is counted from when the far store was asked, not from when it answered', async () => {
    const far = memoryStore({ now: clock.now });
    const slow: SessionStore<number> = {
      ...far,
      async read(id) {
        const found = await far.read(id);
        clock.advance(600);
        return found;
      },
    };
    const one = tieredStore({ near: memoryStore({ now: clock.now }), far: slow, now: clock.now });
    await one.create('a', record());
    await one.read('a');
    await far.destroy('a');
    clock.advance(400);
    expect(await one.read('a')).toBeUndefined();
  });

  test('F-16 a copy does not outlive its record', async () => {
    const { one } = processes();
    await one.create('a', record('{}', 500));
    await one.read('a');
    clock.advance(499);
    expect(await one.read('a')).toBeDefined();
    clock.advance(1);
    expect(await one.read('a')).toBeUndefined();
  });

  test('F-16 a clock that is put back makes no copy last', async () => {
    const own = manualClock();
    const far = memoryStore({ now: own.now });
    const one = tieredStore({ near: memoryStore({ now: own.now }), far, now: own.now });
    own.advance('2h');
    await one.create('a', { ...record(), expiresAt: own.now() + 86_400_000 });
    await one.read('a');
    await far.destroy('a');
    own.set(own.now() - 3_600_000);
    expect(await one.read('a')).toBeUndefined();
  });
});

describe('writes', () => {
  test('V-01 compare with the version of the far store, also when they come from a copy', async () => {
    const { one, other, far } = processes();
    await one.create('a', record());
    const stale = await one.read('a');
    const fresh = await other.read('a');
    expect(await other.update('a', record('other'), fresh?.version)).toBeDefined();
    expect((await one.read('a'))?.version).toBe(stale?.version);
    expect(await one.update('a', record('one'), stale?.version)).toBeUndefined();
    expect((await far.read('a'))?.record.data).toBe('other');
  });

  test('one that was refused drops the copy, so that the next read is fresh', async () => {
    for (const refused of ['update', 'touch', 'destroy', 'create'] as const) {
      const { one, other, far } = processes();
      await one.create('a', record('old'));
      const stale = await one.read('a');
      const fresh = await far.read('a');
      await other.update('a', record('new'), fresh?.version);
      if (refused === 'update')
        expect(await one.update('a', record(), stale?.version)).toBeUndefined();
      if (refused === 'destroy') expect(await one.destroy('a', stale?.version)).toBe(false);
      if (refused === 'create') expect(await one.create('a', record())).toBeUndefined();
      if (refused === 'touch')
        expect(await one.touch('a', clock.now() + 90_000, clock.now())).toBe(true);
      expect((await one.read('a'))?.record.data).toBe('new');
    }
  });

  test('one that failed drops it too: it may have been stored', async () => {
    const far = memoryStore({ now: clock.now });
    const lossy: SessionStore<number> = {
      ...far,
      async update(id, next, version) {
        await far.update(id, next, version);
        throw new Error('connection reset');
      },
    };
    const one = tieredStore({ near: memoryStore({ now: clock.now }), far: lossy, now: clock.now });
    const version = await one.create('a', record('old'));
    await one.read('a');
    await expect(one.update('a', record('new'), version ?? 0)).rejects.toThrow('connection reset');
    expect((await one.read('a'))?.record.data).toBe('new');
  });

  test('a slow read of what was there before a write leaves no copy', async () => {
    const far = memoryStore({ now: clock.now });
    let answer = (): void => undefined;
    let isSlow = true;
    const slow: SessionStore<number> = {
      ...far,
      async read(id) {
        const found = await far.read(id);
        if (isSlow) {
          await new Promise<void>((resolve) => {
            answer = resolve;
          });
        }
        return found;
      },
    };
    const one = tieredStore({ near: memoryStore({ now: clock.now }), far: slow, now: clock.now });
    await one.create('a', record());
    const early = one.read('a');
    await new Promise(setImmediate);
    await one.destroy('a');
    isSlow = false;
    answer();
    expect(await early).toBeDefined();
    expect(await one.read('a')).toBeUndefined();
  });
});

describe('a near store that takes its time', () => {
  type Verb = 'create' | 'destroy';

  /** A near store whose writes are applied, and answered, when the test says so. */
  function slowNear(): {
    near: SessionStore;
    held: { verb: Verb; apply(): Promise<void>; fail(): void }[];
    isSlow: (verb: Verb) => boolean;
  } {
    const inner = memoryStore({ now: clock.now }) as SessionStore;
    const held: { verb: Verb; apply(): Promise<void>; fail(): void }[] = [];
    const slow = { isSlow: (_: Verb): boolean => false };
    const later = <Result>(verb: Verb, run: () => Promise<Result>): Promise<Result> => {
      if (!slow.isSlow(verb)) return run();
      return new Promise((resolve, reject) => {
        held.push({
          verb,
          apply: async () => resolve(await run()),
          fail: () => reject(new Error('no answer')),
        });
      });
    };
    return Object.assign(slow, {
      held,
      near: {
        ...inner,
        create: (id: string, copy: SessionRecord) => later('create', () => inner.create(id, copy)),
        destroy: (id: string) => later('destroy', () => inner.destroy(id)),
      },
    });
  }

  const ENDS = {
    destroy: (store: SessionStore) => store.destroy('a'),
    move: async (store: SessionStore, version: unknown) =>
      store.update('a', { ...record('moved'), createdAt: 0 }, version),
  };

  async function expectEnded(store: SessionStore): Promise<void> {
    const found = await store.read('a');
    expect([undefined, 'moved']).toContain(found?.record.data);
  }

  test.each(Object.entries(ENDS))(
    'V-05 a copy that arrives after an acknowledged %s is not read',
    async (_, end) => {
      const slow = slowNear();
      const far = memoryStore({ now: clock.now });
      const store = tieredStore({ near: slow.near, far, now: clock.now }) as SessionStore;
      const version = await store.create('a', record());
      slow.isSlow = (verb) => verb === 'create';
      const early = store.read('a');
      await vi.waitUntil(() => slow.held.length > 0);
      await end(store, version);
      // The old copy lands, and its reader has not had the answer yet.
      const landing = slow.held[0]?.apply();
      await expectEnded(store);
      await landing;
      expect((await early)?.record.data).toBe('{}');
      await expectEnded(store);
      slow.isSlow = () => false;
      clock.advance('1s');
      await expectEnded(store);
    },
  );

  test.each(Object.entries(ENDS))(
    'V-05 nor one whose answer was lost before the %s, and that lands after it',
    async (_, end) => {
      const slow = slowNear();
      const far = memoryStore({ now: clock.now });
      const store = tieredStore({ near: slow.near, far, now: clock.now }) as SessionStore;
      const version = await store.create('a', record());
      slow.isSlow = (verb) => verb === 'create';
      const early = store.read('a');
      await vi.waitUntil(() => slow.held.length > 0);
      slow.held[0]?.fail();
      await expect(early).rejects.toThrow('no answer');
      await end(store, version);
      await slow.held[0]?.apply();
      await expectEnded(store);
      slow.isSlow = () => false;
      clock.advance('1s');
      await expectEnded(store);
    },
  );

  test.each(Object.entries(ENDS))(
    'V-05 the %s is acknowledged only when the copy from before is out of reach',
    async (_, end) => {
      const slow = slowNear();
      const far = memoryStore({ now: clock.now });
      const store = tieredStore({ near: slow.near, far, now: clock.now }) as SessionStore;
      const version = await store.create('a', record());
      await store.read('a');
      slow.isSlow = (verb) => verb === 'destroy';
      let isAcknowledged = false;
      const ended = Promise.resolve(end(store, version)).then(() => {
        isAcknowledged = true;
      });
      await vi.waitUntil(() => slow.held.length > 0);
      await expectEnded(store);
      expect(isAcknowledged).toBe(false);
      await slow.held[0]?.apply();
      await ended;
      await expectEnded(store);
    },
  );

  test('V-05 a copy that lands after an acknowledged clear is not read', async () => {
    const slow = slowNear();
    const far = memoryStore({ now: clock.now });
    const store = tieredStore({ near: slow.near, far, now: clock.now });
    await store.create('a', record());
    slow.isSlow = (verb) => verb === 'create';
    const early = store.read('a');
    await vi.waitUntil(() => slow.held.length > 0);
    await store.clear?.();
    const landing = slow.held[0]?.apply();
    expect(await store.read('a')).toBeUndefined();
    await Promise.all([landing, early]);
    expect(await store.read('a')).toBeUndefined();
  });

  test('after a write copies are kept again', async () => {
    const { one, counts } = processes();
    const version = await one.create('a', record());
    await one.update('a', record('next'), version);
    for (let time = 0; time < 5; time++) await one.read('a');
    expect(counts.reads).toBe(1);
  });
});

describe('sessions of two processes', () => {
  test('V-02 increments on both are all kept, though both read copies', async () => {
    const { one, other } = processes();
    const servers = [one, other].map((store) =>
      createSessions<{ views: number }>({ store, now: clock.now }),
    );
    const [first, second] = servers.map((sessions) => new Visitor(sessions));
    await first?.visit((session) => session.set('views', 0));
    if (first === undefined || second === undefined) throw new Error('there are two');
    second.cookie = first.cookie;
    for (let round = 0; round < 50; round++) {
      await Promise.all(
        [first, second, first, second].map((visitor) =>
          visitor.visit((session) => session.increment('views')),
        ),
      );
      clock.advance(100);
    }
    clock.advance('1s');
    expect((await first.open()).get('views')).toBe(200);
  });

  test('V-05 a request on a copy of what another process destroyed stores nothing', async () => {
    const { one, other } = processes();
    const here = createSessions<{ views: number }>({ store: one, now: clock.now });
    const there = createSessions<{ views: number }>({ store: other, now: clock.now });
    const visitor = new Visitor(here);
    await visitor.visit((session) => session.login('alice'));
    await visitor.visit();
    await new Visitor(there, visitor.cookie).visit((session) => session.logout());
    const { session, headers } = await visitor.visit((session) => session.set('views', 1));
    expect(session.outcome).toBe('gone');
    expect(headers.filter(([name]) => name === 'Set-Cookie')).toEqual([]);
    expect((await visitor.open()).isNew).toBe(true);
  });
});

test('V-01 V-02 S-12 S-16 the explorer finds nothing lost and nothing revived within one process', () =>
  explore({
    createStore: async ({ now }) => ({
      store: tieredStore({ near: memoryStore({ now }), far: memoryStore({ now }), now }),
    }),
    runs: process.env.SOJOURN_LONG === '1' ? 5000 : 300,
  }));

describe('abilities', () => {
  const ABILITIES: readonly StoreAbility[] = [
    'byUser',
    'list',
    'count',
    'prune',
    'clear',
    'migrate',
    'close',
  ];

  test('are those of the far store', () => {
    const five = ({
      name,
      read,
      create,
      update,
      touch,
      destroy,
    }: SessionStore<number>): SessionStore<number> => ({
      name,
      read,
      create,
      update,
      touch,
      destroy,
    });
    const bare = tieredStore({ near: five(memoryStore()), far: five(memoryStore()) });
    expect(ABILITIES.filter((ability) => bare[ability] !== undefined)).toEqual([]);
    expect(bare.consistency).toBeUndefined();
    const far = fileStore({
      directory: join(tmpdir(), `sojourn-never-${randomBytes(4).toString('hex')}`),
    });
    const tiered = tieredStore({ near: memoryStore(), far });
    expect(ABILITIES.filter((ability) => tiered[ability] !== undefined)).toEqual([
      ...ABILITIES.filter((ability) => far[ability] !== undefined),
      ...(far.close === undefined ? ['close'] : []),
    ]);
    expect(tieredStore({ near: memoryStore(), far: memoryStore() }).consistency).toBe('process');
  });

  test('clear leaves no copy behind', async () => {
    const { one } = processes();
    await one.create('a', record());
    await one.read('a');
    await one.clear?.();
    expect(await one.read('a')).toBeUndefined();
  });
});

test('V-24 what the near store fails in, fails: no session is served from a store that is not well', async () => {
  const near: SessionStore = {
    ...memoryStore(),
    read: () => Promise.reject(new Error('near is down')),
  };
  const sessions = createSessions({ store: tieredStore({ near, far: memoryStore() }) });
  const visitor = new Visitor(sessions);
  await visitor.visit((session) => session.set('views', 1));
  await expect(visitor.open()).rejects.toMatchObject({
    code: 'store-failed',
    cause: { message: 'near is down' },
  });
});

test('a far store whose versions cannot be copied says so', async () => {
  const far = memoryStore();
  const odd = {
    ...far,
    read: async (id: string) => {
      const found = await far.read(id);
      return found && { ...found, version: { etag: found.version } };
    },
  } as unknown as SessionStore;
  const store = tieredStore({ near: memoryStore(), far: odd });
  await store.create('a', { ...record(), expiresAt: Date.now() + 60_000 });
  await expect(store.read('a')).rejects.toMatchObject({ code: 'unsupported' });
});

test.each([
  ['no near store', { far: memoryStore() }],
  ['no far store', { near: memoryStore() }],
  [
    'a staleness that is no duration',
    { near: memoryStore(), far: memoryStore(), staleness: 'soon' },
  ],
])('%s is refused', (_name, options) => {
  expect(() => tieredStore(options as unknown as Parameters<typeof tieredStore>[0])).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
