import { Redis } from 'ioredis';
import { describe, expect, test, vi } from 'vitest';
import { type FortStoreClass, fromFort, toFort } from '../../src/bridges/fort.js';
import { createSessions, SessionError } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { type FortPackage, send, startFort } from '../dialects/fort-app.js';
import { entriesIn } from '../entries.js';
import { explore } from '../races/explorer.js';
import { redisStores } from '../remote-stores/redis.js';
import { sharedServer } from '../servers.js';
import { Visitor } from '../visitor.js';
import { stalledStore } from './stalled-store.js';

const redis = await sharedServer('redis');
const GENERATIONS = ['CustomSessionProvider', 'MemorySessionStore'] as const;

/** The documentation's class with an empty memory. */
async function seedClass(name: (typeof GENERATIONS)[number]): Promise<FortStoreClass> {
  vi.resetModules();
  return (await import('../dialects/fort-seeds.js'))[name];
}

const DIFFERENCES = {
  byUser: 'a FortJs store cannot list',
  list: 'a FortJs store cannot list',
  count: 'a FortJs store cannot list',
  prune: 'a FortJs store cannot list',
  clear: 'a FortJs store cannot list',
  migrate: 'there is nothing to make',
  close: 'the store class is passed in',
};

describe.each(GENERATIONS)("the documentation's %s under Sojourn", (name) => {
  storeSuite({
    test,
    differences: DIFFERENCES,
    createStore: async ({ now }) => ({ store: fromFort(await seedClass(name), { now }) }),
  });

  test('V-01 V-02: within one process nothing is lost and nothing revived, whatever the order of the calls', () =>
    explore({
      runs: process.env.SOJOURN_LONG === '1' ? 2000 : 20,
      createStore: async ({ now }) => ({ store: fromFort(await seedClass(name), { now }) }),
    }));
});

describe('fromFort', () => {
  test('says that its promises hold within one process', async () => {
    expect(fromFort(await seedClass('MemorySessionStore')).consistency).toBe('process');
  });

  test('a record is written in one call, so that a crash leaves the one before or the one after', async () => {
    const calls: string[] = [];
    const Store = await seedClass('MemorySessionStore');
    class Watched extends Store {
      override set(key: string, value: string): Promise<unknown> {
        calls.push(key);
        return super.set(key, value);
      }
    }
    const visitor = new Visitor(createSessions({ store: fromFort(Watched) }));
    await visitor.visit((session) => session.set('first', 1).set('second', 2));
    await visitor.visit((session) => session.set('first', 3).delete('second'));
    expect(calls).toEqual(['record', 'record']);
  });

  test('what is not a record of ours is absent', async () => {
    const Store = await seedClass('MemorySessionStore');
    class Foreign extends Store {
      override async get(): Promise<unknown> {
        return '{not JSON';
      }
    }
    expect(await fromFort(Foreign).read('any')).toBeUndefined();
  });

  test('an error of the class is an error of the store', async () => {
    const Store = await seedClass('MemorySessionStore');
    class Broken extends Store {
      override get(): Promise<unknown> {
        throw new Error('down');
      }
    }
    await expect(fromFort(Broken).read('any')).rejects.toThrow('down');
  });

  test('takes the class, not an object of it', async () => {
    const Store = await seedClass('MemorySessionStore');
    expect(() => fromFort(new Store('id') as never)).toThrow(SessionError);
  });

  test.skipIf(!redis.available)('runs a class that keeps a hash of texts in Redis', async () => {
    const client = new Redis(redis.available ? redis.url : '');
    const prefix = `fort-${process.pid}:`;
    class RedisSessionStore {
      sessionId: string;

      constructor(sessionId: string) {
        this.sessionId = sessionId;
      }

      async get(key: string): Promise<unknown> {
        return client.hget(prefix + this.sessionId, key);
      }

      async set(key: string, value: string): Promise<void> {
        await client.hset(prefix + this.sessionId, key, value);
      }

      async clear(): Promise<void> {
        await client.del(prefix + this.sessionId);
      }
    }
    const visitor = new Visitor(createSessions({ store: fromFort(RedisSessionStore) }));
    await visitor.visit((session) => session.set('count', 5));
    await visitor.visit((session) => expect(session.get('count')).toBe(5));
    await visitor.visit((session) => session.destroy());
    const [trace = '', ...others] = await client.keys(`${prefix}*`);
    expect(others).toEqual([]);
    expect(JSON.stringify(await client.hgetall(trace))).not.toContain('count');
    await client.del(trace);
    await client.quit();
  });
});

describe('toFort', () => {
  test('V-02: parallel requests keep each other’s keys, on one server and on two', async () => {
    const store = memoryStore();
    const [Here, There] = [toFort(store), toFort(store)];
    await new Here('id').set('first', 0);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        new (index % 2 === 0 ? Here : There)('id').setMany({ [`key ${index}`]: index }),
      ),
    );
    expect(Object.keys(await new Here('id').getAll())).toHaveLength(21);
  });

  test('S-04: the store sees a hash of the id that is in the cookie, and no other text of it', async () => {
    const store = memoryStore();
    await new (toFort(store))('the id').set('user', 'ada');
    const entries = await entriesIn(store);
    expect(JSON.stringify(entries)).toContain('ada');
    expect(JSON.stringify(entries)).not.toContain('the id');
  });

  test('a session ends when its cookie does, on the server too', async () => {
    const clock = manualClock();
    const Store = toFort(memoryStore({ now: clock.now }), { lifetime: '5m', now: clock.now });
    await new Store('id').set('user', 'ada');
    clock.advance('4m');
    await new Store('id').set('page', 2);
    clock.advance('1m');
    expect([await new Store('id').isAnyExist(), await new Store('id').getAll()]).toEqual([
      false,
      {},
    ]);
  });

  test('what cannot be kept is an error at the set', async () => {
    const store = new (toFort(memoryStore()))('id');
    await expect(store.set('at', new Date(0))).rejects.toMatchObject({
      code: 'invalid-value',
      path: 'at',
    });
    await expect(store.set('__proto__', 1)).rejects.toMatchObject({ code: 'invalid-path' });
    await store.set('gone', undefined);
    expect(await store.isExist('gone')).toBe(false);
  });

  test('F-08: a store that does not answer is an error in time', async () => {
    const store = new (toFort(stalledStore(), { storeTimeout: '10ms' }))('id');
    await expect(store.get('user')).rejects.toMatchObject({ code: 'store-timeout' });
    await expect(store.set('user', 'ada')).rejects.toMatchObject({ code: 'store-timeout' });
    await expect(store.clear()).rejects.toMatchObject({ code: 'store-timeout' });
  });

  test('without a cookie there is no session to read or to clear', async () => {
    const store = new (toFort(memoryStore()))(undefined as never);
    await store.clear();
    await store.remove('user');
    expect([await store.get('user'), await store.isAnyExist(), await store.getAll()]).toEqual([
      null,
      false,
      {},
    ]);
  });

  test('a lifetime that is none is refused at once', () => {
    expect(() => toFort(memoryStore(), { lifetime: 0 })).toThrow(SessionError);
  });
});

test.skipIf(!redis.available)(
  'a visitor of one FortJs server is known to another that has its sessions in the same Redis',
  async () => {
    const [remote] = redisStores;
    const url = redis.available ? redis.url : '';
    const opened = await remote!.open(url, { space: `fort_${process.pid}` });
    const configure = ({ Fort }: FortPackage): void => {
      Fort.sessionStore = toFort(opened.store);
    };
    const [one, other] = [await startFort(configure), await startFort(configure)];
    await send(one.client, '/session/add', { key: 'user', value: 'ada' });
    const cookie = `fort_session_id=${one.client.cookies.list()[0]?.value}`;
    const response = await other.client.get('/session/get?key=user', { headers: { cookie } });
    expect(await response.json()).toEqual({ value: 'ada' });
    await opened.remove();
  },
);
