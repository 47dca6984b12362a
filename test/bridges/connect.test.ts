import { createRequire } from 'node:module';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AnyConnectStore, fromConnect, toConnect } from '../../src/bridges/connect.js';
import { createSessions } from '../../src/core/sessions.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { explore } from '../races/explorer.js';
import { sharedServer } from '../servers.js';
import { Visitor } from '../visitor.js';
import { connectStores } from './connect-stores.js';
import { stalledStore } from './stalled-store.js';

const long = process.env.SOJOURN_LONG === '1';
let spaces = 0;
const nextSpace = (): string => `connect_${process.pid}_${++spaces}`;

/** What the stores that were tried do otherwise. */
const UNLISTED = ['connect-pg-simple', 'session-file-store'];

for (const { name, server: serverName, open } of connectStores) {
  const server = serverName === undefined ? undefined : await sharedServer(serverName);
  const url = server?.available ? ((server as { url?: string }).url ?? '') : '';

  describe.skipIf(server?.available === false)(`sojourn over ${name}`, () => {
    const unlisted = 'the store does not list its sessions';
    storeSuite({
      test,
      rounds: long ? 25 : 2,
      differences: {
        migrate: 'the store does that by itself',
        close: 'the store was passed in',
        ...(UNLISTED.includes(name) && {
          byUser: unlisted,
          list: unlisted,
          count: unlisted,
          prune: unlisted,
          clear: unlisted,
        }),
      },
      async createStore({ now }) {
        const { store, close } = await open(nextSpace(), url);
        return { store: fromConnect(store, { now }), close };
      },
    });

    test('V-01 V-02: within one process nothing is lost and nothing revived, whatever the order of the calls', async () => {
      const { store, close } = await open(nextSpace(), url);
      onTestFinished(close);
      await explore({
        runs: long ? 200 : 8,
        async createStore({ now }) {
          const { byUser, list, ...verbs } = fromConnect(store, { now });
          // What finds no session of a user ends none.
          if (UNLISTED.includes(name)) return { store: verbs };
          return {
            store: { ...verbs, ...(byUser && { byUser }), ...(list && { list }) },
            cleanup: async () => verbs.clear?.(),
          };
        },
      });
    });

    test.runIf(UNLISTED.includes(name))(
      'the sessions of a user cannot be ended: it says so',
      async () => {
        const { store, close } = await open(nextSpace(), url);
        onTestFinished(close);
        const sessions = createSessions({ store: fromConnect(store) });
        const session = await sessions.open({}, { secure: true });
        await session.login('ada');
        await expect(sessions.destroyUser('ada')).rejects.toMatchObject({ code: 'unsupported' });
      },
    );

    test('other tools find the values in the record', async () => {
      const { store, close } = await open(nextSpace(), url);
      onTestFinished(close);
      const kept: { id: string; session: Record<string, unknown> }[] = [];
      const watched: AnyConnectStore = {
        get: (id, answer) => store.get(id, answer),
        set(id, session, answer) {
          kept.push({ id, session });
          return store.set(id, session, answer);
        },
        destroy: (id, answer) => store.destroy(id, answer),
      };
      const sessions = createSessions<Record<string, unknown>>({ store: fromConnect(watched) });
      const visitor = new Visitor(sessions);
      await visitor.visit((session) =>
        session
          .set('cart', [{ sku: 'a' }])
          .set('cookie', 'mine')
          .flash('status', 'Added'),
      );
      const [{ id } = { id: '' }] = kept;
      const found = await new Promise<Record<string, unknown>>((resolve) => {
        store.get(id, (_, session) => resolve(session as Record<string, unknown>));
      });
      // A value under their one reserved name keeps all of them in one text.
      expect(Object.keys(found)).toContain('__sojourn');
      await visitor.visit((session) => session.delete('cookie'));
      expect(kept.at(-1)?.session).toMatchObject({ cart: [{ sku: 'a' }], cookie: { path: '/' } });
      const { session } = await visitor.visit();
      expect(session.get('cart')).toEqual([{ sku: 'a' }]);
    });
  });
}

describe('fromConnect', () => {
  const [memory] = connectStores;

  test('refuses what is no store', () => {
    expect(() => fromConnect(new Map() as never)).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  test.each([
    {
      how: 'tells',
      fail: (_: unknown, answer: (error: unknown) => void) => answer(new Error('store down')),
    },
    {
      how: 'throws',
      fail: () => {
        throw new Error('store down');
      },
    },
    { how: 'rejects with', fail: () => Promise.reject(new Error('store down')) },
  ])('V-24: rejects with the error that the store $how', async ({ fail }) => {
    const { store } = await memory!.open('', '');
    const broken = fromConnect({
      ...store,
      get: fail as never,
      set: store.set,
      destroy: store.destroy,
    });
    await expect(broken.read('a')).rejects.toThrow('store down');
  });

  test('what others keep in the store is not listed and not cleared', async () => {
    const { store } = await memory!.open('', '');
    await new Promise((resolve) =>
      store.set('other', { cookie: {}, name: 'of somebody else' } as never, resolve),
    );
    const bridged = fromConnect(store);
    const now = Date.now();
    await bridged.create('a', {
      data: 'text',
      createdAt: now,
      touchedAt: now,
      expiresAt: now + 60_000,
    });
    expect(await bridged.count?.()).toBe(1);
    await bridged.clear?.();
    expect(await bridged.count?.()).toBe(0);
    const other = await new Promise((resolve) =>
      store.get('other', (_, session) => resolve(session)),
    );
    expect(other).toMatchObject({ name: 'of somebody else' });
  });
});

describe('toConnect', () => {
  const cookie = {
    originalMaxAge: 3_600_000,
    expires: new Date(Date.now() + 3_600_000),
    httpOnly: true,
    path: '/',
  };

  test('refuses what is no store', () => {
    expect(() => toConnect(new Map() as never)).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  test('F-08: a store that does not answer is an error in time', async () => {
    const store = toConnect(stalledStore(), { storeTimeout: '10ms' });
    const session = { cookie: { originalMaxAge: null } } as never;
    await expect(store.get('id')).rejects.toMatchObject({ code: 'store-timeout' });
    await expect(store.set('id', session)).rejects.toMatchObject({ code: 'store-timeout' });
    await expect(store.touch('id', session)).rejects.toMatchObject({ code: 'store-timeout' });
    await expect(store.destroy('id')).rejects.toMatchObject({ code: 'store-timeout' });
  });

  test('is an instance of the Store that express-session asks for, and an emitter', () => {
    const store = toConnect(memoryStore());
    let heard = 0;
    store.on('disconnect', () => heard++);
    store.emit('disconnect');
    expect(heard).toBe(1);
  });

  test('every verb takes a callback, or gives a promise', async () => {
    const store = toConnect(memoryStore());
    await store.set('a', { cookie, views: 1 });
    const verbs: Record<string, (answer: (error?: unknown, result?: unknown) => void) => unknown> =
      {
        set: (answer) => store.set('b', { cookie, views: 2 }, answer),
        get: (answer) => store.get('a', answer),
        touch: (answer) => store.touch('a', { cookie }, answer),
        all: (answer) => store.all?.(answer),
        length: (answer) => store.length?.(answer),
        destroy: (answer) => store.destroy('b', answer),
        clear: (answer) => store.clear?.(answer),
      };
    const answers: unknown[] = [];
    for (const call of Object.values(verbs)) {
      const told = await new Promise((resolve) => {
        expect(call((error, result) => resolve([error, result]))).toBeUndefined();
      });
      answers.push(told);
    }
    expect(answers).toMatchObject([
      [null, undefined],
      [null, { views: 1 }],
      [null, undefined],
      [null, { a: { views: 1 }, b: { views: 2 } }],
      [null, 2],
      [null, undefined],
      [null, undefined],
    ]);
    expect(await store.get('a')).toBeNull();
  });

  test('what a callback throws is not caught', async () => {
    const store = toConnect(memoryStore());
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const caught = new Promise((resolve) => process.once('uncaughtException', resolve));
    void store.get('a', () => {
      throw new Error('of the callback');
    });
    const error = await caught;
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(error).toMatchObject({ message: 'of the callback' });
  });

  test('has the optional verbs of the store inside', () => {
    const { name, read, create, update, touch, destroy } = memoryStore();
    const store = toConnect({ name, read, create, update, touch, destroy });
    expect([store.all, store.length, store.clear]).toEqual([undefined, undefined, undefined]);
  });

  test('a session without expiry ends after idleTimeout, one with expiry then, and a touch moves it', async () => {
    let now = Date.now();
    const inside = memoryStore({ now: () => now });
    const store = toConnect(inside, { idleTimeout: '1h', now: () => now });
    await store.set('browser', { cookie: { originalMaxAge: null, expires: null } });
    await store.set('dated', { cookie: { ...cookie, expires: new Date(now + 60_000) } });
    now += 59_000;
    await store.touch('dated', { cookie: { ...cookie, expires: new Date(now + 60_000) } });
    now += 59_000;
    expect((await store.get('dated'))?.cookie.expires).toBe(new Date(now + 1000).toISOString());
    now += 2000;
    expect([await store.get('dated'), await store.get('browser')]).toMatchObject([null, {}]);
    now += 3_600_000;
    expect(await store.get('browser')).toBeNull();
  });

  test('V-01: a write or a touch of what was there and has ended does nothing', async () => {
    const inside = memoryStore();
    const [one, other] = [toConnect(inside), toConnect(inside)];
    await one.set('a', { cookie, views: 1 });
    await other.destroy('a');
    await one.set('a', { cookie, views: 2 });
    await one.touch('a', { cookie });
    expect(await one.get('a')).toBeNull();
  });

  test('of two writes the later one wins, whatever they meet', async () => {
    const inside = memoryStore();
    const stores = [toConnect(inside), toConnect(inside)];
    await stores[0]!.set('a', { cookie, views: 0 });
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        stores[index % 2]!.set('a', { cookie, views: index }),
      ),
    );
    expect(await inside.count?.()).toBe(1);
  });

  test('the error of the store is told', async () => {
    const broken = {
      ...memoryStore(),
      read: () => Promise.reject(new Error('store down')),
    } as SessionStore;
    const told = await new Promise((resolve) => void toConnect(broken).get('a', resolve));
    expect(told).toMatchObject({ code: 'store-failed', cause: { message: 'store down' } });
  });

  test('is what the real express-session takes for a store', () => {
    const { Store } = createRequire(import.meta.url)('express-session');
    const store = toConnect(memoryStore());
    for (const verb of ['get', 'set', 'destroy', 'touch', 'regenerate', 'load', 'createSession']) {
      expect(typeof store[verb as 'get'], verb).toBe('function');
    }
    expect(Object.keys(Store.prototype).every((verb) => verb in store)).toBe(true);
  });
});
