import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
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

const cookieParser = createRequire(import.meta.url)('cookie-parser');

describe.each(packages)('$name', ({ session }) => {
  describe('the function', () => {
    test('has the constructors as properties', () => {
      const { Cookie, MemoryStore, Session, Store } = session;
      expect([Cookie, MemoryStore, Session, Store].map((each) => typeof each)).toEqual(
        Array(4).fill('function'),
      );
      expect(new MemoryStore()).toBeInstanceOf(Store);
    });

    test('refuses options as ever', () => {
      expect(() => session({ ...quiet, genid: 'bogus' as never })).toThrow(/genid.*must/);
      expect(() => session({ ...quiet, unset: 'bogus' as never })).toThrow(/unset.*must/);
      expect(() => session({ ...quiet, secret: [] })).toThrow(/secret option array/);
    });

    test('is extended by stores of old, which call their base as a function', () => {
      const { Store } = session;
      function OldStore(this: object) {
        (Store as unknown as () => void).call(this);
      }
      Object.setPrototypeOf(OldStore.prototype, Store.prototype);
      const store = new (OldStore as unknown as new () => InstanceType<typeof Store>)();
      let heard = 0;
      store.on('connect', () => heard++);
      store.emit('connect');
      expect(heard).toBe(1);
    });
  });

  describe('a request', () => {
    test('that has a session already is left alone', async () => {
      const app = await serve(session, quiet, undefined, (request) =>
        Object.assign(request, { session: {} }),
      );
      expect((await app.get()).setCookie).toEqual([]);
    });

    test('gets the error about the secret', async () => {
      const app = await serve(session, { ...quiet, secret: undefined });
      expect(await app.get()).toMatchObject({
        status: 500,
        text: 'secret option required for sessions',
      });
    });

    test('can bring the secret', async () => {
      const app = await serve(
        session,
        { ...quiet, secret: undefined, saveUninitialized: true },
        undefined,
        (request) => Object.assign(request, { secret: 'keyboard cat' }),
      );
      expect(await app.get()).toMatchObject({
        status: 200,
        setCookie: [expect.stringMatching(/^connect\.sid=s%3A/)],
      });
    });

    test('without a url is one for /', async () => {
      const app = await serve(
        session,
        { ...quiet, saveUninitialized: true },
        undefined,
        (request) => Object.assign(request, { url: '' }),
      );
      expect((await app.get()).setCookie).toHaveLength(1);
    });

    test('finds its session again by the cookie', async () => {
      const app = await serve(session, quiet, ({ session }, response) => {
        session.views = (session.views ?? 0) + 1;
        response.end(`${session.views}`);
      });
      const first = await app.get();
      expect(first.text).toBe('1');
      const second = await app.get('/', { cookie: cookieOf(first) });
      expect(second).toMatchObject({ text: '2', setCookie: [] });
    });

    test('has the session in the store when the response is read', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, ({ session }, response) => {
        session.views = 1;
        response.setHeader('Content-Length', 12);
        response.write('hello, ');
        response.end('world');
      });
      const answer = await app.get();
      expect(answer.text).toBe('hello, world');
      expect(await ask((done) => store.get(idOf(cookieOf(answer)), done))).toMatchObject({
        views: 1,
        cookie: { path: '/' },
      });
    });

    test('gets a new session, with another id, when its own is not in the store', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, ({ session }, response) => {
        session.views = (session.views ?? 0) + 1;
        response.end(`${session.views}`);
      });
      const cookie = cookieOf(await app.get());
      await ask((done) => store.clear(done));
      const answer = await app.get('/', { cookie });
      expect(answer.text).toBe('1');
      expect(idOf(cookieOf(answer))).not.toBe(idOf(cookie));
    });

    test.each(['%3Aunsigned', 's%3Aforged.c2lnbmF0dXJl', 's%3A', 's%3A.', '%', '"s:a.b"', ''])(
      'with a cookie that nobody signed (%s) gets a new one, and the store is not asked',
      async (value) => {
        const store = new session.MemoryStore();
        const gets = counting(store, 'get');
        const app = await serve(session, { ...quiet, store, saveUninitialized: true });
        const answer = await app.get('/', { cookie: `connect.sid=${value}` });
        expect(answer.setCookie).toHaveLength(1);
        expect(gets()).toBe(0);
      },
    );

    test('whose session cannot be read gets the error of the store', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store, saveUninitialized: true });
      const cookie = cookieOf(await app.get());
      store.get = (_id, done) => done(new Error('boom!'));
      expect(await app.get('/', { cookie })).toMatchObject({ status: 500, text: 'boom!' });
    });

    test('whose store says ENOENT has no session', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store, saveUninitialized: true });
      const cookie = cookieOf(await app.get());
      store.get = (_id, done) => done(Object.assign(new Error('boom!'), { code: 'ENOENT' }));
      const answer = await app.get('/', { cookie });
      expect(answer).toMatchObject({ status: 200 });
      expect(idOf(cookieOf(answer))).not.toBe(idOf(cookie));
    });

    test('has no session while the store is disconnected', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, ({ session }, response) =>
        response.end(typeof session),
      );
      store.emit('disconnect');
      expect(await app.get()).toMatchObject({ text: 'undefined', setCookie: [] });
      store.emit('connect');
      expect(await app.get()).toMatchObject({ text: 'object' });
    });

    test('with an id that is no text is neither stored nor answered with a cookie', async () => {
      const store = new session.MemoryStore();
      const app = await serve(
        session,
        { ...quiet, store, resave: true, saveUninitialized: true },
        (request, response) => {
          request.sessionID = (() => 'bogus') as never;
          request.session.views = 1;
          response.end();
        },
      );
      expect((await app.get()).setCookie).toEqual([]);
      expect(await ask((done) => store.length(done))).toBe(0);
    });
  });

  describe('req.session', () => {
    test('shows its data and cookie, and no verbs', async () => {
      const app = await serve(session, quiet, ({ session }, response) => {
        session.views = 1;
        session['primary skill'] = 'dancing';
        const inherited: string[] = [];
        for (const key in session) inherited.push(key);
        response.end(JSON.stringify([Object.keys(session).sort(), inherited.sort()]));
      });
      const keys = ['cookie', 'primary skill', 'views'];
      expect(JSON.parse((await app.get()).text)).toEqual([keys, keys]);
    });

    test('keeps what is changed inside, and forgets what is deleted', async () => {
      const app = await serve(session, quiet, ({ session, url }, response) => {
        if (url === '/set')
          Object.assign(session, {
            user: { name: 'Napoleon', tags: ['a'] },
            views: 1,
            nothing: null,
          });
        if (url === '/push') session.user.tags.push('b');
        if (url === '/delete') delete (session as Partial<typeof session>).views;
        const { cookie: _, ...data } = session;
        response.end(JSON.stringify(data));
      });
      const cookie = cookieOf(await app.get('/set'));
      await app.get('/push', { cookie });
      await app.get('/delete', { cookie });
      const { text } = await app.get('/', { cookie });
      expect(JSON.parse(text)).toEqual({
        user: { name: 'Napoleon', tags: ['a', 'b'] },
        nothing: null,
      });
    });

    test('keeps values as JSON does', async () => {
      class Money {
        toJSON() {
          return '5 EUR';
        }
      }
      const app = await serve(session, quiet, ({ session, url }, response) => {
        if (url === '/set') {
          const values = {
            date: new Date(0),
            nan: Number.NaN,
            money: new Money(),
            absent: undefined,
            call: () => 1,
          };
          Object.assign(session, values, { nested: { ...values } });
        }
        const { cookie: _, ...data } = session;
        response.end(JSON.stringify(data));
      });
      const cookie = cookieOf(await app.get('/set'));
      const kept = { date: '1970-01-01T00:00:00.000Z', nan: null, money: '5 EUR' };
      expect(JSON.parse((await app.get('/', { cookie })).text)).toEqual({ ...kept, nested: kept });
    });

    test('keeps its verbs whatever is stored', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, async ({ session }, response) => {
        session.views = (session.views ?? 0) + 1;
        response.end(typeof session.save);
      });
      const cookie = cookieOf(await app.get());
      const stored = await ask<object>((done) => store.get(idOf(cookie), done as never));
      const hostile = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":2}');
      await ask((done) =>
        store.set(idOf(cookie), { ...stored, save: 'nope', ...hostile } as never, done),
      );
      expect(await app.get('/', { cookie })).toMatchObject({ status: 200, text: 'function' });
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    });

    test('is not stored, and ends nothing, when it is set to null', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, (request, response) => {
        if (request.url === '/') request.session.views = 1;
        else request.session = null as never;
        response.end();
      });
      const cookie = cookieOf(await app.get());
      expect((await app.get('/unset', { cookie })).setCookie).toEqual([]);
      expect(await ask((done) => store.length(done))).toBe(1);
    });

    test("is ended by null with unset: 'destroy'", async () => {
      const store = new session.MemoryStore();
      const app = await serve(
        session,
        { ...quiet, store, unset: 'destroy' },
        (request, response) => {
          if (request.url === '/') request.session.views = 1;
          else delete (request as Partial<typeof request>).session;
          response.end();
        },
      );
      const cookie = cookieOf(await app.get());
      expect((await app.get('/unset', { cookie })).setCookie).toEqual([]);
      expect(await ask((done) => store.length(done))).toBe(0);
      expect(await app.get('/unset')).toMatchObject({ status: 200, setCookie: [] });
    });
  });

  describe('the verbs', () => {
    test('destroy ends the session and removes it from the request, and sends no cookie', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, async (request, response) => {
        if (request.url === '/') request.session.views = 1;
        else await ask((done) => request.session.destroy(done));
        response.end(typeof request.session);
      });
      const cookie = cookieOf(await app.get());
      expect(await app.get('/logout', { cookie })).toMatchObject({
        text: 'undefined',
        setCookie: [],
      });
      expect(await ask((done) => store.length(done))).toBe(0);
    });

    test('regenerate gives an empty session with another id, and ends the one before', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, async (request, response) => {
        const { id } = request.session;
        request.session.views = 1;
        if (request.url === '/login') await ask((done) => request.session.regenerate(done));
        response.end(
          JSON.stringify([
            request.session.id === id,
            request.sessionID === request.session.id,
            request.session.views,
          ]),
        );
      });
      const before = cookieOf(await app.get());
      const answer = await app.get('/login', { cookie: before });
      expect(JSON.parse(answer.text)).toEqual([false, true, null]);
      const after = cookieOf(answer);
      expect(idOf(after)).not.toBe(idOf(before));
      expect(Object.keys((await ask<object>((done) => store.all(done as never))) ?? {})).toEqual([
        idOf(after),
      ]);
    });

    test('reload shows what another request stored', async () => {
      const app = await serve(session, quiet, async (request, response) => {
        request.session.url = request.url;
        if (request.url === '/outer') {
          await app.get('/inner', { cookie: request.headers.cookie });
          await ask((done) => request.session.reload(done));
        }
        response.end(String(request.session.url));
      });
      const cookie = cookieOf(await app.get());
      expect((await app.get('/outer', { cookie })).text).toBe('/inner');
    });

    test('reload of a session that is gone is an error, however often', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, async (request, response) => {
        if (request.url === '/') {
          request.session.views = 1;
          response.end();
          return;
        }
        await ask((done) => store.clear(done));
        const messages: string[] = [];
        for (let time = 0; time < 20; time++) {
          await ask((done) => request.session.reload(done)).catch((error) =>
            messages.push(error.message),
          );
        }
        response.end([...new Set(messages)].join());
      });
      const cookie = cookieOf(await app.get());
      expect((await app.get('/reload', { cookie })).text).toBe('failed to load session');
    });

    test('save stores at once, and the response does not store again', async () => {
      const store = new session.MemoryStore();
      const sets = counting(store, 'set');
      const app = await serve(
        session,
        { ...quiet, store, resave: true },
        async (request, response) => {
          request.session.views = (request.session.views ?? 0) + 1;
          await ask((done) => request.session.save(done));
          const stored = await ask<{ views: number }>((done) =>
            store.get(request.session.id, done as never),
          );
          response.end(String(stored?.views));
        },
      );
      const first = await app.get();
      expect(first.text).toBe('1');
      expect((await app.get('/', { cookie: cookieOf(first) })).text).toBe('2');
      expect(sets()).toBe(2);
    });

    test('save tells the error of the store', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, async (request, response) => {
        store.set = (_id, _session, done) => done?.(new Error('boom!'));
        request.session.views = 1;
        const told = await ask((done) => request.session.save(done)).catch(
          (error) => error.message,
        );
        request.session = null as never;
        response.end(told);
      });
      expect((await app.get()).text).toBe('boom!');
    });

    test('they return the session when called with a callback, and touch always', async () => {
      const app = await serve(session, quiet, async (request, response) => {
        const { session } = request;
        const same = [
          session.touch(),
          session.resetMaxAge(),
          session.destroy(() => undefined),
        ].every((each) => each === session);
        response.end(String(same));
      });
      expect((await app.get()).text).toBe('true');
    });

    test('the store loads a session, whose verbs act on the store', async () => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, ({ session }, response) => {
        session.views = 1;
        response.end();
      });
      const id = idOf(cookieOf(await app.get()));
      type Loaded = { id: string; views: number; save(done: (error?: unknown) => void): void };
      const loaded = await ask<Loaded>((done) => store.load(id, done as never));
      expect(loaded).toMatchObject({ id, views: 1 });
      Object.assign(loaded!, { views: 2 });
      await ask((done) => loaded!.save(done));
      expect(await ask((done) => store.get(id, done))).toMatchObject({ views: 2 });
      expect(await ask((done) => store.load('absent', done as never))).toBeUndefined();
    });
  });

  describe('beside cookieParser', () => {
    const count: Handler = ({ session }, response) => {
      session.views = (session.views ?? 0) + 1;
      response.end(`${session.views}`);
    };
    /** An app that finds the cookie only where cookieParser put it. */
    const parsed =
      (secret?: string): Handler =>
      (request, response) => {
        cookieParser(secret)(request, response, () => undefined);
        request.headers.cookie = 'foo=bar';
      };

    test.each([
      { where: 'req.cookies', secret: undefined },
      { where: 'req.signedCookies', secret: 'keyboard cat' },
    ])('reads $where', async ({ secret }) => {
      const app = await serve(session, quiet, count, parsed(secret));
      const first = await app.get();
      expect((await app.get('/', { cookie: cookieOf(first) })).text).toBe('2');
    });

    test.each([
      { what: 'no signature', forge: (cookie: string) => `connect.sid=${idOf(cookie)}` },
      { what: 'a wrong one', forge: (cookie: string) => cookie.replace(/...\./, '.') },
    ])('takes nothing from req.cookies with $what', async ({ forge }) => {
      const app = await serve(session, quiet, count, parsed());
      const first = await app.get();
      expect((await app.get('/', { cookie: forge(cookieOf(first) ?? '') })).text).toBe('1');
    });
  });
});
