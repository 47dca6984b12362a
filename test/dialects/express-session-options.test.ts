import { describe, expect, test } from 'vitest';
import { toConnect } from '../../src/bridges/connect.js';
import { hashId, session } from '../../src/dialects/express-session.js';
import { memoryStore } from '../../src/stores/memory.js';
import {
  ask,
  cookieOf,
  counting,
  type Handler,
  idOf,
  packages,
  quiet,
  serve,
} from './express-session/apps.js';
import { gate } from './gate.js';

/** `/login` gives a new id and a user, `/logout` ends, `/set` writes. */
const verbs: Handler = async (request, response) => {
  if (request.url === '/login') {
    await ask((done) => request.session.regenerate(done));
    request.session.user = { name: 'ada', tags: [] };
  }
  if (request.url === '/set') request.session.views = (request.session.views ?? 0) + 1;
  if (request.url === '/logout') await ask((done) => request.session.destroy(done));
  response.end(request.session?.user?.name ?? 'nobody');
};

describe('hashIds', () => {
  const kinds = [
    { name: 'a MemoryStore', open: () => new session.MemoryStore() },
    { name: 'a store of ours', open: () => toConnect(memoryStore()) },
  ];

  describe.each(kinds)('over $name', ({ open }) => {
    type Store = { get(id: string, done: (error?: unknown, data?: unknown) => void): unknown };
    const has = async (store: Store, id: string): Promise<boolean> =>
      Boolean(await ask<unknown>((done) => void store.get(id, done)));

    test('V-09: the store has no id that a cookie could be made of', async () => {
      const store = open();
      const app = await serve(session, { ...quiet, store, hashIds: true }, verbs);
      const cookie = cookieOf(await app.get('/login'));
      expect(await has(store, idOf(cookie))).toBe(false);
      expect(await has(store, hashId(idOf(cookie)))).toBe(true);
      await app.get('/set', { cookie });
      expect((await app.get('/', { cookie })).text).toBe('ada');
      const moved = cookieOf(await app.get('/login', { cookie }));
      expect((await app.get('/', { cookie })).text).toBe('nobody');
      expect((await app.get('/', { cookie: moved })).text).toBe('ada');
      await app.get('/logout', { cookie: moved });
      expect((await app.get('/', { cookie: moved })).text).toBe('nobody');
      expect(await has(store, hashId(idOf(moved)))).toBe(false);
    });

    test("'moving' keeps who is signed in, and leaves no id behind", async () => {
      const store = open();
      const before = await serve(session, { ...quiet, store }, verbs);
      const cookie = cookieOf(await before.get('/login'));
      const app = await serve(session, { ...quiet, store, hashIds: 'moving' }, verbs);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => app.get('/set', { cookie })),
      );
      expect(answers.map(({ text }) => text)).toEqual(Array(10).fill('ada'));
      expect(await has(store, idOf(cookie))).toBe(false);
      expect(await ask((done) => void store.get(hashId(idOf(cookie)), done))).toMatchObject({
        user: { name: 'ada' },
        views: expect.any(Number),
      });
      await app.get('/logout', { cookie });
      expect((await app.get('/', { cookie })).text).toBe('nobody');
    });

    test("'moving' ends a session wherever it is", async () => {
      const store = open();
      const before = await serve(session, { ...quiet, store }, verbs);
      const cookie = cookieOf(await before.get('/login'));
      const app = await serve(session, { ...quiet, store, hashIds: 'moving' }, verbs);
      await app.get('/logout', { cookie });
      expect((await before.get('/', { cookie })).text).toBe('nobody');
      expect((await app.get('/', { cookie })).text).toBe('nobody');
    });
  });

  test('is true, false or moving', () => {
    expect(() => session({ ...quiet, hashIds: 'yes' as never })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });
});

describe('genid', () => {
  const slowly = async (): Promise<string> => {
    await new Promise((resolve) => setImmediate(resolve));
    return `id-${Math.random()}`;
  };

  test('may be asynchronous', async () => {
    const app = await serve(session, { ...quiet, genid: slowly }, verbs);
    const cookie = cookieOf(await app.get('/set'));
    expect(idOf(cookie)).toMatch(/^id-/);
    const login = cookieOf(await app.get('/login', { cookie }));
    expect((await app.get('/', { cookie: login })).text).toBe('ada');
  });

  test('may fail, and the request does', async () => {
    const genid = async (): Promise<string> => Promise.reject(new Error('no ids left'));
    const app = await serve(session, { ...quiet, genid }, verbs);
    expect(await app.get('/set')).toMatchObject({ status: 500, text: 'no ids left' });
  });

  test('that is asynchronous cannot serve store.generate, which says so', async () => {
    const app = await serve(session, { ...quiet, genid: slowly }, (request, response) => {
      const { sessionStore } = request as unknown as {
        sessionStore: { generate(request: unknown): void };
      };
      expect(() => sessionStore.generate(request)).toThrow(/asynchronous/);
      response.end('told');
    });
    expect((await app.get()).text).toBe('told');
  });
});

describe('expireCookie', () => {
  test('S-17: tells the browser to drop the cookie of a session that was destroyed', async () => {
    const cookie = { path: '/', httpOnly: true, domain: 'shop.example' };
    const app = await serve(session, { ...quiet, expireCookie: true, cookie }, verbs);
    const sent = cookieOf(await app.get('/login'));
    expect((await app.get('/logout', { cookie: sent })).setCookie).toEqual([
      'connect.sid=; Domain=shop.example; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly',
    ]);
    expect((await app.get('/', { cookie: sent })).setCookie).toEqual([]);
    // A new session's cookie comes in its place.
    const again = await app.get('/login', { cookie: sent });
    expect(again.setCookie).toEqual([expect.stringMatching(/^connect\.sid=s%3A/)]);
    expect((await app.get('/logout')).setCookie).toEqual([]);
  });

  test("is for unset: 'destroy' too", async () => {
    const app = await serve(
      session,
      { ...quiet, expireCookie: true, unset: 'destroy' },
      (request, response) => {
        if (request.url === '/set') request.session.views = 1;
        else request.session = null as never;
        response.end();
      },
    );
    const cookie = cookieOf(await app.get('/set'));
    expect((await app.get('/', { cookie })).setCookie).toEqual([
      expect.stringMatching(/^connect\.sid=; .*1970/),
    ]);
  });
});

describe('touches', () => {
  test('touchAfter: the store is asked again once the last touch is so old', async () => {
    const store = new session.MemoryStore();
    const options = { ...quiet, store, cookie: { maxAge: 60_000 }, touchAfter: '10s' } as const;
    const app = await serve(session, options, verbs);
    const cookie = cookieOf(await app.get('/set'));
    const touches = counting(store, 'touch');
    for (let time = 0; time < 3; time++) await app.get('/', { cookie });
    expect(touches()).toBe(0);
    // As another process, a while later, finds it.
    const record = JSON.parse(store.sessions[idOf(cookie)] ?? '');
    record.cookie.expires = new Date(Date.now() + 45_000);
    store.sessions[idOf(cookie)] = JSON.stringify(record);
    const other = await serve(session, options, verbs);
    for (let time = 0; time < 3; time++) await other.get('/', { cookie });
    expect(touches()).toBe(1);
    expect(await ask((done) => store.get(idOf(cookie), done))).toMatchObject({
      cookie: { expires: expect.not.stringMatching(record.cookie.expires.toJSON()) },
    });
  });

  test('isUse: a request that is none moves no deadline, and its changes are stored', async () => {
    const store = new session.MemoryStore();
    const counts = [counting(store, 'set'), counting(store, 'touch')];
    const app = await serve(
      session,
      {
        ...quiet,
        resave: true,
        rolling: true,
        store,
        cookie: { maxAge: 60_000 },
        isUse: ({ url }) => !url?.startsWith('/poll'),
      },
      (request, response) => {
        if (request.url !== '/poll') request.session.views = (request.session.views ?? 0) + 1;
        response.end();
      },
    );
    const cookie = cookieOf(await app.get('/set'));
    const before = store.sessions[idOf(cookie)];
    expect((await app.get('/poll', { cookie })).setCookie).toEqual([]);
    expect(store.sessions[idOf(cookie)]).toBe(before);
    expect((await app.get('/poll-and-write', { cookie })).setCookie).toEqual([]);
    expect(JSON.parse(store.sessions[idOf(cookie)] ?? '')).toMatchObject({
      views: 2,
      cookie: JSON.parse(before ?? '').cookie,
    });
    expect(counts.map((count) => count())).toEqual([2, 0]);
  });

  test('are one for those who ask meanwhile, and reads do not wait for each other', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, verbs);
    const cookie = cookieOf(await app.get('/set'));
    const touched = gate();
    const read = gate();
    const { get, touch } = store;
    let reading = 0;
    store.get = (id, done) => {
      if (++reading === 20) read.reach();
      void read.isOpen.then(() => get.call(store, id, done));
    };
    let touching = 0;
    store.touch = (id, data, done) => {
      touching++;
      touched.reach();
      void touched.isOpen.then(() => touch.call(store, id, data, done));
    };
    const answers = Array.from({ length: 20 }, () => app.get('/', { cookie }));
    await read.isReached;
    read.open();
    await touched.isReached;
    touched.open();
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
    expect(touching).toBeLessThan(20);
  });
});

describe.each(packages)('$name', ({ session: each }) => {
  test('mounted twice it is one session with one cookie', async () => {
    const middleware = each(quiet);
    const app = await serve(
      (() => middleware) as never,
      quiet,
      ({ session, url }, response) => {
        if (url === '/set') session.views = 1;
        response.end(JSON.stringify(session));
      },
      () => undefined,
    );
    const nested = await serve(
      (() => (request: never, response: never, next: () => void) => {
        middleware(request, response, () => {
          Object.assign((request as { session: object }).session, { outer: 1 });
          middleware(request, response, next);
        });
      }) as never,
      quiet,
      ({ session }, response) => {
        session.views = 1;
        response.end();
      },
    );
    const set = await nested.get('/set');
    expect(set.setCookie).toHaveLength(1);
    const { text } = await app.get('/', { cookie: cookieOf(set) });
    expect(JSON.parse(text)).toMatchObject({ outer: 1, views: 1 });
  });
});
