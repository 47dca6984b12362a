import { createRequire } from 'node:module';
import { MongoClient } from 'mongodb';
import { createClient } from 'redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toConnect } from '../../src/bridges/connect.js';
import { hashId, session } from '../../src/dialects/express-session.js';
import { memoryStore } from '../../src/stores/memory.js';
import { collectWarnings } from '../adapters/serve.js';
import { sharedServer } from '../servers.js';
import {
  ask,
  cookieOf,
  type ExpressSessionRequest,
  type Handler,
  idOf,
  original,
  packages,
  quiet,
  serve,
} from './express-session/apps.js';

const load = createRequire(import.meta.url);

/** `/set` stores a view, everything else tells of it. */
const views: Handler = ({ session, url }, response) => {
  if (url === '/set') session.views = 1;
  response.end(String(session.views ?? 'none'));
};

describe('caches', () => {
  test('V-22: an answer with a cookie is in no shared cache, and every answer varies with cookies', async () => {
    const app = await serve(session, quiet, (request, response) => {
      response.setHeader('Cache-Control', 'public, max-age=60');
      views(request, response);
    });
    const set = await app.get('/set');
    expect(set.headers.get('cache-control')).toBe('no-store');
    expect(set.headers.get('vary')).toBe('Cookie');
    const read = await app.get('/', { cookie: cookieOf(set) });
    expect(read.headers.get('cache-control')).toBe('public, max-age=60');
    expect(read.headers.get('vary')).toBe('Cookie');
    expect((await app.get()).headers.get('vary')).toBe('Cookie');
  });
});

describe('several cookies of the name', () => {
  test.each([1, 4, 49])('S-27: %i that nobody signed do not hide the good one', async (count) => {
    const app = await serve(session, quiet, views);
    const cookie = cookieOf(await app.get('/set'));
    const junk = Array.from({ length: count }, (_, index) => `connect.sid=s%3Ajunk${index}.x; `);
    expect((await app.get('/', { cookie: junk.join('') + cookie })).text).toBe('1');
  });

  test('V-30: one of a session that is gone does not keep its visitor out', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, views);
    const stale = cookieOf(await app.get('/set'));
    delete store.sessions[idOf(stale)];
    const cookie = cookieOf(await app.get('/set'));
    const both = { cookie: `${stale}; ${cookie}` };
    expect(await app.get('/', both)).toMatchObject({ text: '1', setCookie: [] });
    expect(await app.get('/set', both)).toMatchObject({ text: '1', setCookie: [] });
  });
});

describe('a record that is damaged', () => {
  const records = ['{"views":', '{"views":1}', 'null', '1', '"text"', '{"cookie":null}'];

  test.each(records)('is an anonymous visit and an event: %s', async (text) => {
    const warnings = collectWarnings();
    const store = new session.MemoryStore();
    const middleware = session({ ...quiet, store });
    const told: unknown[] = [];
    middleware.on('rejected', (event) => told.push(event));
    const app = await serve((() => middleware) as never, quiet, views);
    const cookie = cookieOf(await app.get('/set'));
    // Not read by the store itself, as none but a MemoryStore looks into its records.
    store.get = (_id, done) => {
      try {
        done(null, JSON.parse(text));
      } catch (error) {
        done(error);
      }
    };
    const isNone = text === 'null';
    for (let time = 0; time < 2; time++)
      expect(await app.get('/', { cookie })).toMatchObject({ status: 200, text: 'none' });
    const fresh = await app.get('/set', { cookie });
    expect(fresh).toMatchObject({ status: 200, setCookie: [expect.any(String)] });
    expect(told).toHaveLength(isNone ? 0 : 3);
    expect(JSON.stringify(told)).not.toContain(idOf(cookie));
    await new Promise((resolve) => setImmediate(resolve));
    const damaged = warnings.filter((warning) => Object(warning).code === 'SOJOURN_DAMAGED');
    expect(damaged).toHaveLength(isNone ? 0 : 1);
  });

  test.each(packages)('is one in a store of ours too, under $name', async ({ session: each }) => {
    const store = memoryStore();
    const app = await serve(each, { ...quiet, store: toConnect(store) as never }, views);
    const cookie = cookieOf(await app.get('/set'));
    const found = await store.read(idOf(cookie));
    await store.update(idOf(cookie), { ...found!.record, data: '{"views":' }, found!.version);
    expect(await app.get('/', { cookie })).toMatchObject({ status: 200, text: 'none' });
  });
});

describe('a store gets back what it gave', () => {
  test.each(packages)(
    'set and touch see the session of the request ($name)',
    async ({ session: each }) => {
      const seen: unknown[] = [];
      class Watching extends each.MemoryStore {
        override set(id: string, data: never, done?: (error?: unknown) => void): void {
          this.#see('set', data);
          super.set(id, data, done);
        }
        override touch(id: string, data: never, done?: (error?: unknown) => void): void {
          this.#see('touch', data);
          super.touch(id, data, done);
        }
        #see(verb: string, { id, req, save }: ExpressSessionRequest['session']): void {
          const { url } = req as unknown as ExpressSessionRequest;
          seen.push([verb, typeof id, url, typeof save]);
        }
      }
      const app = await serve(each, { ...quiet, store: new Watching() as never }, views);
      const cookie = cookieOf(await app.get('/set'));
      await app.get('/', { cookie });
      await app.get('/set', { cookie });
      expect(seen).toEqual([
        ['set', 'string', '/set', 'function'],
        ['touch', 'string', '/', 'function'],
        ['touch', 'string', '/set', 'function'],
      ]);
    },
  );

  test.each(packages)(
    'values that are no JSON come back as the store keeps them ($name)',
    async ({ session: each }) => {
      const kept = new Map<string, Record<string, unknown>>();
      class Cloning extends each.Store {
        get(id: string, done: (error: unknown, data?: never) => void) {
          done(null, structuredClone(kept.get(id)) as never);
        }
        set(id: string, { cookie, ...data }: ExpressSessionRequest['session'], done?: () => void) {
          kept.set(id, structuredClone({ ...data, cookie: cookie.toJSON() }));
          done?.();
        }
        destroy(id: string, done?: () => void) {
          kept.delete(id);
          done?.();
        }
      }
      const app = await serve(
        each,
        { ...quiet, store: new Cloning() as never },
        ({ session, url }, response) => {
          if (url === '/set') session.at = new Date(0);
          if (url === '/more') session.views = 1;
          response.end(String(session.at instanceof Date));
        },
      );
      const cookie = cookieOf(await app.get('/set'));
      expect((await app.get('/', { cookie })).text).toBe('true');
      await app.get('/more', { cookie });
      expect((await app.get('/', { cookie })).text).toBe('true');
      expect(kept.get(idOf(cookie))?.at).toEqual(new Date(0));
    },
  );
});

const mongodb = await sharedServer('mongodb');

describe.skipIf(!mongodb.available)('over connect-mongo', () => {
  test.each(packages)('touchAfter, as its readme advises ($name)', async ({ session: each }) => {
    const { default: MongoStore = load('connect-mongo') } = load('connect-mongo');
    const client = await MongoClient.connect(mongodb.available ? mongodb.url : '');
    const collectionName = `kept_${process.pid}_${each === session}`;
    onTestFinished(async () => {
      await client.db('sojourn-connect').dropCollection(collectionName);
      await client.close();
    });
    const store = MongoStore.create({
      client,
      dbName: 'sojourn-connect',
      collectionName,
      autoRemove: 'disabled',
      touchAfter: 3600,
    });
    const app = await serve(each, { ...quiet, store }, views);
    const cookie = cookieOf(await app.get('/set'));
    for (let time = 0; time < 2; time++)
      expect(await app.get('/', { cookie })).toMatchObject({ status: 200, text: '1' });
  });
});

const redis = await sharedServer('redis');

describe.skipIf(!redis.available)('over connect-redis', () => {
  test('an explicit save of a session that touches kept alive does not delete it', async () => {
    const { RedisStore } = load('connect-redis');
    const client = createClient({ url: redis.available ? redis.url : '' });
    await client.connect();
    onTestFinished(() => client.destroy());
    const texts: Record<string, string> = {};
    for (const { session: each, name } of packages) {
      const store = new RedisStore({ client, prefix: `kept:${process.pid}:${name}:` });
      const app = await serve(
        each,
        { ...quiet, store, cookie: { maxAge: 60_000 } },
        async (request, response) => {
          if (request.url === '/set') request.session.views = 1;
          if (request.url === '/save') await ask((done) => request.session.save(done));
          response.end(String(request.session.views ?? 'none'));
        },
      );
      const cookie = cookieOf(await app.get('/set'));
      // As it is a minute later, when only touches came in between.
      const key = `kept:${process.pid}:${name}:${idOf(cookie)}`;
      const record = JSON.parse((await client.get(key)) ?? '');
      record.cookie.expires = new Date(Date.now() - 1000).toJSON();
      await client.set(key, JSON.stringify(record), { EX: 60 });
      await app.get('/save', { cookie });
      texts[name] = (await app.get('/', { cookie })).text;
    }
    expect(texts).toEqual({ 'express-session': 'none', 'sojourn/express-session': '1' });
  });
});

describe('an id that regenerate replaced', () => {
  /** `/login` and `/rotate` give a new id, `/logout` ends; `?late` waits. */
  async function open(own: boolean, use = session) {
    const store = own ? memoryStore() : new use.MemoryStore();
    const waiting = new Map<string, { arrived: () => void; go: Promise<void> }>();
    const app = await serve(use, { ...quiet, store: store as never }, async (request, response) => {
      const [path = '', query = ''] = (request.url ?? '').split('?');
      const wait = waiting.get(query);
      wait?.arrived();
      await wait?.go;
      const kept = { ...request.session, cookie: undefined };
      if (path !== '/set' && path !== '/' && path !== '/logout')
        await ask((done) => request.session.regenerate(done));
      if (path === '/login') request.session.user = { name: 'ada', tags: [] };
      if (path === '/rotate') {
        const { cookie: _, ...data } = kept;
        Object.assign(request.session, data);
      }
      if (path === '/set') request.session.late = true;
      if (path === '/logout') await ask((done) => request.session.destroy(done));
      response.end(request.session?.user?.name ?? 'nobody');
    });
    return {
      app,
      /** A request that waits in its handler until `go` is called. */
      async late(path: string, cookie: string | undefined) {
        const name = `late${waiting.size}`;
        let go = (): void => undefined;
        const isThere = new Promise<void>((arrived) => {
          waiting.set(name, { arrived, go: new Promise((resolve) => (go = resolve)) });
        });
        const answer = app.get(`${path}?${name}`, { cookie });
        await isThere;
        return () => {
          go();
          return answer;
        };
      },
    };
  }

  describe.each([{ own: false }, { own: true }])('over a store of ours: $own', ({ own }) => {
    test('V-01: does not sign its visitor out when a late request comes with it', async () => {
      const { app } = await open(own);
      const anonymous = cookieOf(await app.get('/set'));
      const login = await app.get('/login', { cookie: anonymous });
      expect(await app.get('/set', { cookie: anonymous })).toMatchObject({
        status: 200,
        text: 'nobody',
        setCookie: [],
      });
      expect((await app.get('/', { cookie: cookieOf(login) })).text).toBe('ada');
      // Who logs in with it gets a session all the same.
      const again = await app.get('/login', { cookie: anonymous });
      expect((await app.get('/', { cookie: cookieOf(again) })).text).toBe('ada');
    });

    test('V-01: of a session that was destroyed begins anew at once', async () => {
      const { app } = await open(own);
      const cookie = cookieOf(await app.get('/login', { cookie: cookieOf(await app.get('/set')) }));
      await app.get('/logout', { cookie });
      expect((await app.get('/set', { cookie })).setCookie).toHaveLength(1);
    });

    test.each(['logout first', 'rotation first'])(
      'V-01: a logout that meets a rotation ends the session: %s',
      async (order) => {
        const { app, late } = await open(own);
        const cookie = cookieOf(await app.get('/login'));
        const requests = [await late('/logout', cookie), await late('/rotate', cookie)];
        if (order === 'rotation first') requests.reverse();
        const answers = [await requests[0]!(), await requests[1]!()];
        for (const answer of answers)
          expect((await app.get('/', { cookie: cookieOf(answer) ?? cookie })).text).toBe('nobody');
        expect((await app.get('/', { cookie })).text).toBe('nobody');
      },
    );

    test('V-01: a logout while the rotation waits for its response ends the session', async () => {
      const { app, late } = await open(own);
      const cookie = cookieOf(await app.get('/login'));
      const rotate = await late('/rotate', cookie);
      const logout = await late('/logout', cookie);
      const [rotated] = await Promise.all([rotate(), logout()]);
      expect((await app.get('/', { cookie: cookieOf(rotated) ?? cookie })).text).toBe('nobody');
    });

    test('V-01: a login that meets a logout logs in', async () => {
      const { app, late } = await open(own);
      const cookie = cookieOf(await app.get('/set'));
      const login = await late('/login', cookie);
      await app.get('/logout', { cookie });
      expect((await app.get('/', { cookie: cookieOf(await login()) })).text).toBe('ada');
    });

    test('V-02: two clicks on login both lead to a session', async () => {
      const { app, late } = await open(own);
      const cookie = cookieOf(await app.get('/set'));
      const clicks = [await late('/login', cookie), await late('/login', cookie)];
      const answers = await Promise.all(clicks.map((click) => click()));
      for (const answer of answers)
        expect((await app.get('/', { cookie: cookieOf(answer) })).text).toBe('ada');
    });
  });

  test('the original signs out and survives', async () => {
    const { app, late } = await open(false, original);
    const anonymous = cookieOf(await app.get('/set'));
    await app.get('/login', { cookie: anonymous });
    expect((await app.get('/set', { cookie: anonymous })).setCookie).toHaveLength(1);
    const cookie = cookieOf(await app.get('/login'));
    const logout = await late('/logout', cookie);
    const rotated = await app.get('/rotate', { cookie });
    await logout();
    expect((await app.get('/', { cookie: cookieOf(rotated) })).text).toBe('ada');
  });

  test('begins anew under the original, over a store of ours', async () => {
    const store = toConnect(memoryStore());
    const handler: Handler = async (request, response) => {
      if (request.url === '/login') await ask((done) => request.session.regenerate(done));
      request.session.views = (request.session.views ?? 0) + 1;
      response.end(String(request.session.views));
    };
    const app = await serve(session, { ...quiet, store }, handler);
    const cookie = cookieOf(await app.get());
    await app.get('/login', { cookie });
    const after = await serve(original, { ...quiet, store: store as never }, handler);
    expect(await after.get('/', { cookie })).toMatchObject({ status: 200, text: '1' });
  });

  test('is told by an event, with a hash in place of the id', async () => {
    const middleware = session(quiet);
    const told: unknown[] = [];
    const stop = middleware.on('gone', (event) => told.push(event));
    const app = await serve((() => middleware) as never, quiet, async (request, response) => {
      if (request.url === '/login') await ask((done) => request.session.regenerate(done));
      request.session.views = 1;
      response.end();
    });
    const cookie = cookieOf(await app.get());
    await app.get('/login', { cookie });
    await app.get('/', { cookie });
    stop();
    await app.get('/', { cookie });
    expect(new Set(told.map((event) => JSON.stringify(event)))).toEqual(
      new Set([JSON.stringify({ id: hashId(idOf(cookie)) })]),
    );
  });

  test('of a session that was destroyed with it is no dead end', async () => {
    // As passport and many applications log out: regenerate, then destroy.
    const app = await serve(session, quiet, async (request, response) => {
      if (request.url === '/logout') {
        await ask((done) => request.session.regenerate(done));
        await ask((done) => request.session.destroy(done));
      } else request.session.views = 1;
      response.end();
    });
    const cookie = cookieOf(await app.get('/login'));
    await app.get('/logout', { cookie });
    expect((await app.get('/login', { cookie })).setCookie).toHaveLength(1);
  });
});
