import { describe, expect, test } from 'vitest';
import {
  fromSimples,
  type SimplesEntries,
  type SimplesImplementation,
  toSimples,
} from '../../src/bridges/simples.js';
import { createSessions, SessionError } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { startSimples, textStore } from '../dialects/simples-app.js';
import { entriesIn } from '../entries.js';
import { explore } from '../races/explorer.js';
import { redisStores } from '../remote-stores/redis.js';
import { sharedServer } from '../servers.js';
import { Visitor } from '../visitor.js';
import { stalledStore } from './stalled-store.js';

const redis = await sharedServer('redis');
const HOUR = 3_600_000;

/** The four functions of the documentation, which keep the very session that they are given. */
function fourFunctions(): SimplesImplementation {
  const sessions = new Map<string, SimplesEntries>();
  return {
    async get(id) {
      return sessions.get(id) ?? null;
    },
    async set(id, session) {
      sessions.set(id, session);
    },
    async remove(id) {
      sessions.delete(id);
    },
    async update() {
      throw new Error('not needed');
    },
  };
}

const IMPLEMENTATIONS: readonly { name: string; make: () => SimplesImplementation }[] = [
  { name: 'four functions that keep the session itself', make: fourFunctions },
  { name: 'functions that keep its JSON', make: textStore },
  { name: 'a store of simpleS over a store of ours', make: () => toSimples(memoryStore()) },
];

const DIFFERENCES = {
  byUser: 'a simpleS store cannot list',
  list: 'a simpleS store cannot list',
  count: 'a simpleS store cannot list',
  prune: 'a simpleS store cannot list',
  clear: 'a simpleS store cannot list',
  migrate: 'there is nothing to make',
  close: 'the functions are passed in',
};

describe.each(IMPLEMENTATIONS.slice(0, 2))('$name, under Sojourn', ({ make }) => {
  storeSuite({
    test,
    differences: DIFFERENCES,
    createStore: async ({ now }) => ({ store: fromSimples(make(), { now }) }),
  });

  test('V-01 V-02: within one process nothing is lost and nothing revived, whatever the order of the calls', () =>
    explore({
      runs: process.env.SOJOURN_LONG === '1' ? 2000 : 20,
      createStore: async ({ now }) => ({ store: fromSimples(make(), { now }) }),
    }));
});

describe('fromSimples', () => {
  test.each(IMPLEMENTATIONS)('runs $name', async ({ make }) => {
    const visitor = new Visitor(createSessions({ store: fromSimples(make()) }));
    await visitor.visit((session) => session.set('user', { name: 'ada' }));
    await visitor.visit((session) => expect(session.get('user.name')).toBe('ada'));
    await visitor.visit((session) => session.destroy());
    await visitor.visit((session) => expect(session.all()).toEqual({}));
  });

  test('tells the functions how long to keep the session: an hour beyond its end, in milliseconds', async () => {
    const clock = manualClock();
    const timeouts: number[] = [];
    const store = fromSimples(
      { ...textStore(), set: async (_id, _session, timeout) => void timeouts.push(timeout) },
      { now: clock.now },
    );
    const now = clock.now();
    await store.create('id', {
      data: 'text',
      createdAt: now,
      touchedAt: now,
      expiresAt: now + HOUR,
    });
    expect(timeouts).toEqual([2 * HOUR]);
  });

  test('says that its promises hold within one process', () => {
    expect(fromSimples(textStore()).consistency).toBe('process');
  });

  test.each(['get', 'set', 'remove'] as const)(
    'an implementation without %s is refused at once',
    (method) => {
      expect(() => fromSimples({ ...textStore(), [method]: undefined } as never)).toThrow(
        `The store has no ${method}`,
      );
      expect(() => fromSimples(undefined as never)).toThrow(SessionError);
    },
  );

  test('a function that returns no promise makes the request fail: nobody knows whether it stored', async () => {
    const store = fromSimples({ ...textStore(), set: (() => undefined) as never });
    const visitor = new Visitor(createSessions({ store }));
    await expect(visitor.visit((session) => session.set('user', 'ada'))).rejects.toMatchObject({
      code: 'store-failed',
    });
  });
});

describe('toSimples', () => {
  test('keeps what JSON keeps of a session', async () => {
    const store = toSimples(memoryStore());
    await store.set('id', { 'a.b': 1, at: new Date(0), none: undefined }, HOUR);
    expect(await store.get('id')).toEqual({ 'a.b': 1, at: '1970-01-01T00:00:00.000Z' });
    expect(await store.get('other')).toBeNull();
  });

  test('a session ends when its timeout is over, and update moves that', async () => {
    const clock = manualClock();
    const store = toSimples(memoryStore({ now: clock.now }), { now: clock.now });
    await store.set('id', { user: 'ada' }, HOUR);
    clock.advance(HOUR / 2);
    await store.update('id', HOUR);
    clock.advance(HOUR - 1);
    expect(await store.get('id')).toEqual({ user: 'ada' });
    clock.advance(1);
    expect(await store.get('id')).toBeNull();
  });

  test('V-01: what was removed stays removed, whoever saves or updates it, on every server', async () => {
    const clock = manualClock();
    const records = memoryStore({ now: clock.now });
    const [here, there] = [
      toSimples(records, { now: clock.now }),
      toSimples(records, { now: clock.now }),
    ];
    await here.set('id', { user: 'ada' }, HOUR);
    await here.remove('id');
    await there.update('id', HOUR);
    clock.advance(2 * HOUR);
    await there.set('id', { user: 'ada' }, HOUR);
    expect([await here.get('id'), await there.get('id')]).toEqual([null, null]);
  });

  test('a session that is removed before it was ever saved is not saved', async () => {
    const store = toSimples(memoryStore());
    await store.remove('id');
    await store.set('id', { user: 'ada' }, HOUR);
    expect(await store.get('id')).toBeNull();
  });

  test('parallel saves of one session on two servers all arrive, the last is what stays', async () => {
    const records = memoryStore();
    const stores = [toSimples(records), toSimples(records)];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => stores[index % 2]!.set('id', { index }, HOUR)),
    );
    expect(await stores[0]!.get('id')).toEqual({ index: expect.any(Number) });
  });

  test('S-04: the store sees a hash of the id that is in the cookie, and no other text of it', async () => {
    const records = memoryStore();
    await toSimples(records).set('the id', { user: 'ada' }, HOUR);
    expect(JSON.stringify(await entriesIn(records))).toContain('ada');
    expect(JSON.stringify(await entriesIn(records))).not.toContain('the id');
  });

  test('F-08: a store that does not answer is an error in time', async () => {
    const store = toSimples(stalledStore(), { storeTimeout: '10ms' });
    await expect(store.get('id')).rejects.toMatchObject({ code: 'store-timeout' });
    await expect(store.set('id', {}, HOUR)).rejects.toMatchObject({ code: 'store-timeout' });
    await expect(store.remove('id')).rejects.toMatchObject({ code: 'store-timeout' });
    await expect(store.update('id', HOUR)).rejects.toMatchObject({ code: 'store-timeout' });
  });

  test('keeps when a session began', async () => {
    const clock = manualClock();
    const records = memoryStore({ now: clock.now });
    const store = toSimples(records, { now: clock.now });
    const createdAt = clock.now();
    await store.set('id', { count: 1 }, HOUR);
    clock.advance('1m');
    await store.set('id', { count: 2 }, HOUR);
    expect(await entriesIn(records)).toMatchObject([
      { record: { createdAt, touchedAt: createdAt + 60_000 } },
    ]);
  });
});

test.skipIf(!redis.available)(
  'a visitor of one simpleS server is known to another that has its sessions in the same Redis',
  async () => {
    const [remote] = redisStores;
    const url = redis.available ? redis.url : '';
    const opened = await remote!.open(url, { space: `simples_${process.pid}` });
    const setup = {
      configure: (server: { session(config: object): unknown }) =>
        void server.session({ enabled: true, store: toSimples(opened.store) }),
    };
    const [one, other] = [await startSimples(setup), await startSimples(setup)];
    await one.client.get('/set/user/"ada"');
    const headers = { cookie: `_session=${one.client.cookies.get('_session')}` };
    expect(await (await other.client.get('/get/user', { headers })).json()).toBe('ada');
    await opened.remove();
  },
);
