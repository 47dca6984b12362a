import { describe, expect, test } from 'vitest';
import { ask, cookieOf, counting, idOf, packages, quiet, serve } from './express-session/apps.js';

const MINUTE = 60_000;

describe.each(packages)('$name', ({ session }) => {
  describe('what is stored', () => {
    test.each([
      { resave: true, saveUninitialized: true, sets: 2, touches: 0, cookies: 1 },
      { resave: false, saveUninitialized: true, sets: 1, touches: 1, cookies: 1 },
      { resave: true, saveUninitialized: false, sets: 0, touches: 0, cookies: 0 },
      { resave: false, saveUninitialized: false, sets: 0, touches: 0, cookies: 0 },
      { resave: undefined, saveUninitialized: undefined, sets: 2, touches: 0, cookies: 1 },
    ])(
      'of two requests that change nothing: %o',
      async ({ sets, touches, cookies, ...options }) => {
        const store = new session.MemoryStore();
        const counts = [counting(store, 'set'), counting(store, 'touch')];
        const app = await serve(session, { secret: 'keyboard cat', ...options, store });
        const first = await app.get();
        expect(first.setCookie).toHaveLength(cookies);
        await app.get('/', { cookie: cookieOf(first) });
        expect(counts.map((count) => count())).toEqual([sets, touches]);
      },
    );

    test('is what changed, once, and otherwise a touch', async () => {
      const store = new session.MemoryStore();
      const counts = [counting(store, 'set'), counting(store, 'touch')];
      const app = await serve(session, { ...quiet, store }, ({ session, url }, response) => {
        if (url !== '/read') session.token = url;
        response.end(String(session.token));
      });
      const cookie = cookieOf(await app.get('/one'));
      await app.get('/read', { cookie });
      await app.get('/two', { cookie });
      expect((await app.get('/read', { cookie })).text).toBe('/two');
      expect(counts.map((count) => count())).toEqual([2, 2]);
    });

    test('includes a property called cookie further down', async () => {
      const store = new session.MemoryStore();
      const sets = counting(store, 'set');
      const app = await serve(session, { ...quiet, store }, ({ session }, response) => {
        session.user = { ...session.user, cookie: (session.user?.cookie ?? 0) + 1 };
        response.end();
      });
      await app.get('/', { cookie: cookieOf(await app.get()) });
      expect(sets()).toBe(2);
    });

    test('is a session that was regenerated, also when it is empty', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, async (request, response) => {
        await ask((done) => request.session.regenerate(done));
        response.end();
      });
      expect((await app.get()).setCookie).toHaveLength(1);
      expect(await ask((done) => store.length(done))).toBe(1);
    });

    test('moves the expiry with every request', async () => {
      const store = new session.MemoryStore();
      const app = await serve(
        session,
        { ...quiet, store, cookie: { maxAge: MINUTE } },
        ({ session }, response) => {
          session.views = 1;
          response.end();
        },
      );
      const first = await app.get();
      const id = idOf(cookieOf(first));
      type Stored = { cookie: { expires: string; originalMaxAge: number } };
      const before = await ask<Stored>((done) => store.get(id, done as never));
      expect(new Date(before!.cookie.expires).toUTCString()).toBe(
        /Expires=([^;]+)/.exec(first.setCookie[0] ?? '')?.[1],
      );
      await new Promise((resolve) => setTimeout(resolve, 10));
      await app.get('/', { cookie: cookieOf(first) });
      const after = await ask<Stored>((done) => store.get(id, done as never));
      expect(Date.parse(after!.cookie.expires)).toBeGreaterThan(Date.parse(before!.cookie.expires));
      expect(after!.cookie.originalMaxAge).toBeGreaterThanOrEqual(MINUTE - 1);
    });

    test('is what a handler changes while it writes the body', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, async ({ session }, response) => {
        session.views = (session.views ?? 0) + 1;
        response.write('hello, ');
        await new Promise((resolve) => setTimeout(resolve, 20));
        session.late = true;
        response.end('world');
      });
      const answer = await app.get();
      expect(answer.text).toBe('hello, world');
      expect(await ask((done) => store.get(idOf(cookieOf(answer)), done))).toMatchObject({
        views: 1,
        late: true,
      });
    });

    test('can be of a store that answers at once', async () => {
      const sessions = new Map<string, string>();
      class SyncStore extends session.Store {
        get(id: string, done: (error: unknown, session?: never) => void) {
          done(null, JSON.parse(sessions.get(id) ?? 'null') as never);
        }
        set(id: string, session: object, done: (error?: unknown) => void) {
          sessions.set(id, JSON.stringify(session));
          done();
        }
        destroy(id: string, done: (error?: unknown) => void) {
          sessions.delete(id);
          done();
        }
      }
      const app = await serve(
        session,
        { ...quiet, store: new SyncStore() as never, unset: 'destroy' },
        (request, response) => {
          request.session.views = (request.session.views ?? 0) + 1;
          const { views } = request.session;
          if (views === 3) request.session = null as never;
          response.end(String(views));
        },
      );
      const first = await app.get();
      const cookie = cookieOf(first);
      const texts = [
        first.text,
        (await app.get('/', { cookie })).text,
        (await app.get('/', { cookie })).text,
      ];
      expect([texts, sessions.size]).toEqual([['1', '2', '3'], 0]);
    });
  });
});
