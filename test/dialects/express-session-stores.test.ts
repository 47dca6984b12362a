import { createRequire } from 'node:module';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toConnect } from '../../src/bridges/connect.js';
import { session } from '../../src/dialects/express-session.js';
import { memoryStore } from '../../src/stores/memory.js';
import { sqliteStore } from '../../src/stores/sqlite.js';
import { connectStores } from '../bridges/connect-stores.js';
import { redisStores } from '../remote-stores/redis.js';
import { sharedServer } from '../servers.js';
import {
  ask,
  cookieOf,
  type Handler,
  idOf,
  original,
  packages,
  quiet,
  serve,
} from './express-session/apps.js';

const framework = createRequire(new URL('../frameworks/package.json', import.meta.url));
let spaces = 0;
const nextSpace = (): string => `express_session_${process.pid}_${++spaces}`;

/** `/login` and `/logout`, and otherwise who is signed in. */
const signIn: Handler = async (request, response) => {
  if (request.url === '/login') {
    await ask((done) => request.session.regenerate(done));
    request.session.user = { name: 'Anna', tags: ['a'] };
  }
  if (request.url === '/logout') await ask((done) => request.session.destroy(done));
  response.end(request.session?.user?.name ?? 'nobody');
};

/** What is asked of a store here. */
interface AnyStore {
  get(id: string, done: (error?: unknown, session?: unknown) => void): void;
  set(id: string, session: unknown, done: (error?: unknown) => void): void;
  touch(id: string, session: unknown, done: (error?: unknown) => void): void;
}

for (const { name, server: serverName, open } of connectStores) {
  const server = serverName === undefined ? undefined : await sharedServer(serverName);
  const url = server?.available ? ((server as { url?: string }).url ?? '') : '';

  describe.skipIf(server?.available === false)(`over ${name}`, () => {
    async function openStore(): Promise<never> {
      const { store, close } = await open(nextSpace(), url);
      onTestFinished(close);
      return store as never;
    }

    test.each([
      { from: original, to: session, way: 'from express-session to ours' },
      { from: session, to: original, way: 'and back' },
    ])('who is signed in stays so when the import changes: $way', async ({ from, to }) => {
      const store: AnyStore = await openStore();
      const options = { ...quiet, store: store as never, cookie: { maxAge: 60_000 } };
      const before = await serve(from, options, signIn);
      const cookie = cookieOf(await before.get('/login'));
      const after = await serve(to, options, signIn);
      expect(await after.get('/', { cookie })).toMatchObject({ text: 'Anna', setCookie: [] });
      expect((await before.get('/', { cookie })).text).toBe('Anna');
      expect((await after.get('/logout', { cookie })).text).toBe('nobody');
      expect((await before.get('/', { cookie })).text).toBe('nobody');
    });

    test('the record has the same content', async () => {
      const store: AnyStore = await openStore();
      const records: unknown[] = [];
      for (const { session } of packages) {
        const app = await serve(session, { ...quiet, store: store as never }, signIn);
        const id = idOf(cookieOf(await app.get('/login')));
        const { __lastAccess: _, ...record } =
          (await ask<Record<string, unknown>>((done) => store.get(id, done as never))) ?? {};
        records.push(JSON.stringify(record));
      }
      expect(records[1]).toBe(records[0]);
    });

    test('V-01 V-02: nothing is lost, and nothing that ended comes back', async () => {
      const store: AnyStore = await openStore();
      const app = await serve(
        session,
        { ...quiet, store: store as never, cookie: { maxAge: 60_000 } },
        async (request, response) => {
          const [, verb, key = ''] = (request.url ?? '').split('/');
          // Ours, although the store extends the Store of express-session.
          expect(request.session).toBeInstanceOf(session.Session);
          if (verb === 'logout') await request.session.destroy();
          else if (verb === 'set') request.session[key] = true;
          response.end(
            String(
              Object.keys(request.session ?? {}).filter((name) => name.startsWith('key')).length,
            ),
          );
        },
      );
      const cookie = cookieOf(await app.get('/set/key'));
      const stored = await ask((done) => store.get(idOf(cookie), done));
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => app.get(`/set/key${index}`, { cookie })),
      );
      expect((await app.get('/', { cookie })).text).toBe('11');
      const paths = ['/set/late', '/', '/logout', '/', '/set/later', '/'];
      await Promise.all(paths.map((path) => app.get(path, { cookie })));
      expect((await app.get('/', { cookie })).text).toBe('0');
      // What keeps a touch that comes too late from bringing it back is the store.
      await ask((done) => store.touch(idOf(cookie), stored, done)).catch(() => undefined);
      expect((await app.get('/', { cookie })).text).toBe('0');
    });
  });
}

const redis = await sharedServer('redis');

const ownStores = [
  { name: 'memory', open: async () => memoryStore() },
  {
    name: 'sqlite',
    async open() {
      const Database = createRequire(import.meta.url)('libsql');
      const store = sqliteStore({ database: new Database(':memory:') });
      await store.migrate?.();
      return store;
    },
  },
  {
    name: 'redis',
    async open() {
      const { store, remove } = await redisStores[0]!.open(redis.available ? redis.url : '', {
        space: nextSpace(),
        now: Date.now,
      });
      onTestFinished(remove);
      return store;
    },
  },
];

describe.each(ownStores.slice(0, redis.available ? 3 : 2))('our $name store', ({ name, open }) => {
  test.each(packages)('keeps sessions of $name', async ({ session }) => {
    const store = toConnect(await open());
    const app = await serve(
      session,
      { ...quiet, store: store as never, cookie: { maxAge: 60_000 } },
      signIn,
    );
    const cookie = cookieOf(await app.get('/login'));
    expect((await app.get('/', { cookie })).text).toBe('Anna');
    expect(await store.get(idOf(cookie))).toMatchObject({ user: { name: 'Anna' } });
    expect((await app.get('/logout', { cookie })).text).toBe('nobody');
    expect((await app.get('/', { cookie })).text).toBe('nobody');
  });

  test('is read by both, and by ours without toConnect', async () => {
    const store = await open();
    const stores = {
      'express-session': toConnect(store) as never,
      'sojourn/express-session': store,
    };
    const apps = await Promise.all(
      packages.map(({ name, session }) =>
        serve(session, { ...quiet, store: stores[name as keyof typeof stores] }, signIn),
      ),
    );
    for (const first of apps) {
      const cookie = cookieOf(await first.get('/login'));
      for (const each of apps) expect((await each.get('/', { cookie })).text).toBe('Anna');
    }
  });

  test(`V-01: under express-session a request that was running does not bring back what ended (${name})`, async () => {
    const store = toConnect(await open());
    let arrived = (): void => undefined;
    let leave = (): void => undefined;
    const isThere = new Promise<void>((resolve) => (arrived = resolve));
    const mayLeave = new Promise<void>((resolve) => (leave = resolve));
    const app = await serve(
      original,
      { ...quiet, resave: true, store: store as never },
      async (request, response) => {
        if (request.url === '/slow') {
          arrived();
          await mayLeave;
        }
        await signIn(request, response);
      },
    );
    const cookie = cookieOf(await app.get('/login'));
    const slow = app.get('/slow', { cookie });
    await isThere;
    await app.get('/logout', { cookie });
    leave();
    await slow;
    expect(await store.get(idOf(cookie))).toBeNull();
    // Who signs in anew under an id that was used before is somebody new.
    const again = await serve(
      original,
      { ...quiet, store: store as never, genid: () => idOf(cookie) },
      signIn,
    );
    expect((await again.get('/', { cookie: cookieOf(await again.get('/login')) })).text).toBe(
      'Anna',
    );
  });

  test('keeps sessions of @fastify/session, and brings none back', async () => {
    const store = toConnect(await open());
    const fastify = framework('fastify')();
    onTestFinished(() => fastify.close());
    fastify.register(framework('@fastify/cookie'));
    fastify.register(framework('@fastify/session'), {
      secret: 'k'.repeat(32),
      store,
      cookie: { secure: false, maxAge: 60_000 },
    });
    type Request = {
      session: Record<string, unknown> & { destroy(): Promise<void>; sessionId: string };
    };
    let leave = (): void => undefined;
    const mayLeave = new Promise<void>((resolve) => (leave = resolve));
    let arrived = (): void => undefined;
    const isThere = new Promise<void>((resolve) => (arrived = resolve));
    fastify.get('/login', async ({ session }: Request) => {
      session.user = 'Anna';
      return session.sessionId;
    });
    fastify.get('/', async ({ session }: Request) => session.user ?? 'nobody');
    fastify.get('/logout', async ({ session }: Request) => session.destroy().then(() => 'bye'));
    fastify.get('/slow', async ({ session }: Request) => {
      arrived();
      await mayLeave;
      session.late = true;
      return 'late';
    });
    const get = (url: string, cookie = '') => fastify.inject({ url, headers: { cookie } });
    const login = await get('/login');
    const cookie = login.headers['set-cookie'].split(';')[0];
    expect((await get('/', cookie)).body).toBe('Anna');
    const slow = get('/slow', cookie);
    await isThere;
    await get('/logout', cookie);
    leave();
    await slow;
    expect((await get('/', cookie)).body).toBe('nobody');
    expect(await store.get(login.body)).toBeNull();
  });
});
