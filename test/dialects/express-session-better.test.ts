import { describe, expect, test } from 'vitest';
import { session } from '../../src/dialects/express-session.js';
import { memoryStore } from '../../src/stores/memory.js';
import { collectWarnings } from '../adapters/serve.js';
import { type App, ask, cookieOf, counting, type Handler, idOf, original, packages, quiet, serve } from './express-session/apps.js';

type Store = InstanceType<typeof session.MemoryStore>;

/** A promise, and what resolves it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** An app whose requests to `/slow...` wait, once they have their session, until they are let go. */
async function slowApp(
  use: typeof session,
  options: NonNullable<Parameters<typeof session>[0]>,
  handler: Handler,
): Promise<{ app: App; slow(path: string, cookie: string | undefined): Promise<{ finish(): Promise<unknown> }> }> {
  const gates = new Map<string, { arrived: ReturnType<typeof gate>; leave: ReturnType<typeof gate> }>();
  const app = await serve(use, { ...quiet, ...options }, async (request, response) => {
    const gate = gates.get(request.url ?? '');
    gate?.arrived.open();
    await gate?.leave.opened;
    await handler(request, response);
  });
  return {
    app,
    async slow(path, cookie) {
      const waiting = { arrived: gate(), leave: gate() };
      gates.set(path, waiting);
      const answer = app.get(path, { cookie });
      await waiting.arrived.opened;
      return {
        finish() {
          waiting.leave.open();
          return answer;
        },
      };
    },
  };
}

/** `/set/<key>` sets a key, `/logout` ends the session; all answer with the keys. */
const keysHandler: Handler = async (request, response) => {
  const [, verb, key] = (request.url ?? '').split('/');
  if (verb === 'logout') await ask((done) => request.session.destroy(done));
  else if (key !== undefined) request.session[key] = true;
  response.end(JSON.stringify(Object.keys(request.session ?? {}).sort()));
};

describe('two requests of one visitor at once', () => {
  /** Runs both orders of what the original loses, and tells what is stored in the end. */
  async function race(use: typeof session, options: object, first: string, second: string): Promise<string[] | undefined> {
    const store = new use.MemoryStore();
    const { app, slow } = await slowApp(use, { store, ...options }, keysHandler);
    const cookie = cookieOf(await app.get('/set/user'));
    const waiting = await slow(first, cookie);
    await app.get(second, { cookie });
    await waiting.finish();
    const stored = await ask<object | null>((done) => store.get(idOf(cookie), done as never));
    return stored ? Object.keys(stored).sort() : undefined;
  }

  const settings = [
    { resave: false },
    { resave: true },
    { resave: true, saveUninitialized: true, rolling: true, cookie: { maxAge: 60_000 } },
  ];

  test.each(settings)('V-02: both keep what they changed: %o', async (options) => {
    expect(await race(session, options, '/set/slow', '/set/quick')).toEqual(['cookie', 'quick', 'slow', 'user']);
    expect(await race(original, options, '/set/slow', '/set/quick')).toEqual(['cookie', 'slow', 'user']);
  });

  test.each(settings)('V-01: a session that one of them ended stays ended: %o', async (options) => {
    expect(await race(session, options, '/set/slow', '/logout')).toBeUndefined();
    expect(await race(original, options, '/set/slow', '/logout')).toEqual(['cookie', 'slow', 'user']);
  });

  test('V-01: one that only reads does not bring it back either, and sends no cookie', async () => {
    const options = { ...quiet, resave: true, rolling: true };
    const { app, slow } = await slowApp(session, { ...options, store: new session.MemoryStore() }, keysHandler);
    const cookie = cookieOf(await app.get('/set/user'));
    const waiting = await slow('/slow', cookie);
    await app.get('/logout', { cookie });
    expect(await waiting.finish()).toMatchObject({ status: 200, setCookie: [] });
    expect(await app.get('/read', { cookie })).toMatchObject({ text: '["cookie"]' });
  });

  test('what the other one stored is seen after save', async () => {
    const { app, slow } = await slowApp(session, { store: new session.MemoryStore() }, async (request, response) => {
      request.session[request.url ?? ''] = true;
      if (request.url === '/quick') delete request.session.old;
      await request.session.save();
      response.end(JSON.stringify(Object.keys(request.session).sort()));
    });
    const cookie = cookieOf(await app.get('/old'));
    const waiting = await slow('/slow', cookie);
    await app.get('/quick', { cookie });
    expect(await waiting.finish()).toMatchObject({ text: '["/old","/quick","/slow","cookie"]' });
  });

  test('a cookie that one of them made last longer stays so', async () => {
    const store = new session.MemoryStore();
    const { app, slow } = await slowApp(session, { store, cookie: { maxAge: 60_000 } }, (request, response) => {
      if (request.url === '/remember') request.session.cookie.maxAge = 3_600_000;
      request.session[request.url ?? ''] = true;
      response.end();
    });
    const cookie = cookieOf(await app.get());
    const waiting = await slow('/slow', cookie);
    await app.get('/remember', { cookie });
    await waiting.finish();
    expect(await ask((done) => store.get(idOf(cookie), done))).toMatchObject({ cookie: { originalMaxAge: 3_600_000 } });
  });

  test('twenty at once, through two middlewares on one store: each key is there', async () => {
    const store = new session.MemoryStore();
    const apps = [await serve(session, { ...quiet, store }, keysHandler), await serve(session, { ...quiet, store }, keysHandler)];
    const cookie = cookieOf(await apps[0]!.get('/set/user'));
    await Promise.all(Array.from({ length: 20 }, (_, index) => apps[index % 2]!.get(`/set/${index}`, { cookie })));
    const stored = await ask<object>((done) => store.get(idOf(cookie), done as never));
    expect(Object.keys(stored ?? {})).toHaveLength(22);
  });
});

describe('over a store of Sojourn', () => {
  test('V-02: all is merged whoever writes, as nothing is written without comparing', async () => {
    const store = memoryStore();
    const apps = [await serve(session, { ...quiet, store }, keysHandler), await serve(session, { ...quiet, store }, keysHandler)];
    const first = await apps[0]!.get('/set/user');
    const cookie = cookieOf(first);
    await Promise.all(Array.from({ length: 20 }, (_, index) => apps[index % 2]!.get(`/set/${index}`, { cookie })));
    expect(JSON.parse((await apps[0]!.get('/read', { cookie })).text)).toHaveLength(22);
    await apps[1]!.get('/logout', { cookie });
    expect((await apps[0]!.get('/read', { cookie })).text).toBe('["cookie"]');
    expect(await store.count?.()).toBe(0);
  });

  test('a session ends when its cookie does, and a touch moves both', async () => {
    let now = Date.now();
    const store = memoryStore({ now: () => now });
    const app = await serve(session, { ...quiet, store, cookie: { maxAge: 60_000 } }, keysHandler);
    const cookie = cookieOf(await app.get('/set/user'));
    now += 61_000;
    expect((await app.get('/read', { cookie })).text).toBe('["cookie"]');
  });

  test('an id that is taken takes the session over, as ever', async () => {
    const app = await serve(session, { ...quiet, store: memoryStore(), genid: () => 'apple' }, keysHandler);
    const first = await app.get('/set/one');
    expect((await app.get('/set/two')).text).toBe('["cookie","two"]');
    expect((await app.get('/read', { cookie: cookieOf(first) })).text).toBe('["cookie","two"]');
  });
});

describe('the response', () => {
  test('leaves once the session is stored: a redirect too', async () => {
    const store = new session.MemoryStore();
    const stored = gate();
    const set = store.set.bind(store);
    store.set = (id, data, done) => void stored.opened.then(() => set(id, data, done));
    const app = await serve(session, { ...quiet, store }, (request, response) => {
      request.session.views = 1;
      response.writeHead(302, { Location: '/' });
      response.end();
    });
    let isAnswered = false;
    const answer = app.get().then((result) => {
      isAnswered = true;
      return result;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    stored.open();
    expect(await answer).toMatchObject({ status: 302 });
  });

  const write: Handler = (request, response) => {
    request.session.views = 2;
    response.end();
  };
  const failures: { name: string; verbs: Partial<Store>; handler: Handler }[] = [
    { name: 'set', verbs: { set: fails }, handler: write },
    { name: 'set, by an exception', verbs: { set: throws }, handler: write },
    { name: 'touch', verbs: { touch: fails }, handler: (_, response) => response.end() },
    { name: 'get, before it writes', verbs: { get: failsLater() }, handler: write },
    {
      name: 'destroy, which nobody awaits',
      verbs: { destroy: (id, done) => fails(id, undefined, done) },
      handler({ session }, response) {
        void session.destroy();
        response.end('bye');
      },
    },
  ];

  test.each(failures)('V-24: is an error when the store fails in $name, and nothing else was sent', async ({ verbs, handler }) => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, (request, response) => {
      if (request.url !== '/') return handler(request, response);
      request.session.views = 1;
      response.end();
      return undefined;
    });
    const cookie = cookieOf(await app.get());
    Object.assign(store, verbs);
    expect(await app.get('/fail', { cookie })).toMatchObject({ status: 500, text: 'boom!', setCookie: [] });
    expect(app.lateErrors).toEqual([]);
  });

  test('is an error when a value cannot be stored', async () => {
    const app = await serve(session, quiet, ({ session }, response) => {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      session.circle = circle;
      response.end();
    });
    expect(await app.get()).toMatchObject({ status: 500, text: expect.stringMatching(/circular/i) });
  });

  test('is an error when the cookie cannot be sent', async () => {
    const app = await serve(session, { ...quiet, cookie: { expires: new Date(Number.NaN) } }, ({ session }, response) => {
      session.views = 1;
      response.end();
    });
    expect(await app.get()).toMatchObject({ status: 500, text: 'option expires is invalid' });
  });

  test('in pieces carries an error of the last write to next', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, ({ session }, response) => {
      session.views = 1;
      response.write('hello, ');
      setTimeout(() => {
        store.set = fails;
        session.late = true;
        response.end('world');
        response.end('again');
      }, 10);
    });
    expect(await app.get()).toMatchObject({ status: 200, text: 'hello, world' });
    await expect.poll(() => app.lateErrors.map(({ message }) => message)).toEqual(['boom!']);
  });
});

function fails(_id: string, _session: unknown, done?: (error?: unknown) => void): void {
  done?.(new Error('boom!'));
}

function throws(): never {
  throw new Error('boom!');
}

/** A `get` that works once. */
function failsLater(): Store['get'] {
  let calls = 0;
  return function (this: Store, id, done) {
    if (++calls === 1) session.MemoryStore.prototype.get.call(this, id, done);
    else done(new Error('boom!'));
  };
}

describe('the verbs without a callback', () => {
  test('return promises', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, async (request, response) => {
      request.session.views = 1;
      await request.session.save();
      const before = request.session.id;
      request.session.views = 2;
      await request.session.reload();
      const { views } = request.session;
      await request.session.regenerate();
      const isNew = request.session.id !== before;
      await request.session.destroy();
      response.end(JSON.stringify([views, isNew, typeof request.session]));
    });
    expect(await app.get()).toMatchObject({ text: '[1,true,"undefined"]', setCookie: [] });
    expect(await ask((done) => store.length(done))).toBe(0);
  });

  test('reject with the error of the store; what save could not store is tried again with the response', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, async (request, response) => {
      const { set } = store;
      store.set = fails;
      request.session.views = 1;
      const told = await request.session.save().catch((error: Error) => error.message);
      store.set = set;
      response.end(told as string);
    });
    expect(await app.get()).toMatchObject({ status: 200, text: 'boom!', setCookie: [expect.any(String)] });
    expect(await ask((done) => store.length(done))).toBe(1);
  });

  test('of a session that ended do nothing', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, async (request, response) => {
      const { session } = request;
      session.views = 1;
      await session.save();
      await session.destroy();
      session.views = 2;
      await session.save();
      response.end();
    });
    expect(await app.get()).toMatchObject({ status: 200, setCookie: [] });
    expect(await ask((done) => store.length(done))).toBe(0);
  });
});

describe('defects that are not copied', () => {
  test('a change of the cookie alone is stored and sent', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store, cookie: { maxAge: 60_000 } }, ({ session, url }, response) => {
      if (url === '/') session.views = 1;
      else session.cookie.maxAge = 3_600_000;
      response.end();
    });
    const cookie = cookieOf(await app.get());
    expect((await app.get('/remember', { cookie })).setCookie).toEqual([expect.stringContaining('Expires=')]);
    expect(await ask((done) => store.get(idOf(cookie), done))).toMatchObject({ cookie: { originalMaxAge: 3_600_000 } });
  });

  test('a path is not the beginning of another name', async () => {
    const options = { ...quiet, saveUninitialized: true, cookie: { path: '/foo' } };
    for (const { session: each, name } of packages) {
      const app = await serve(each, options);
      expect((await app.get('/foo/bar')).setCookie, name).toHaveLength(1);
      expect((await app.get('/foobar')).setCookie, name).toHaveLength(each === session ? 0 : 1);
    }
  });

  test("'auto' holds in a cookie function as well", async () => {
    const app = await serve(session, {
      ...quiet,
      saveUninitialized: true,
      proxy: true,
      cookie: () => ({ secure: 'auto', sameSite: 'auto' }),
    });
    expect((await app.get()).setCookie).toEqual([expect.stringMatching(/SameSite=Lax$/)]);
    const secure = await app.get('/', { headers: { 'x-forwarded-proto': 'https' } });
    expect(secure.setCookie).toEqual([expect.stringMatching(/; Secure; SameSite=None$/)]);
  });

  test('middlewares that share a store keep their own options', async () => {
    const store = new session.MemoryStore();
    const renew: Handler = async (request, response) => {
      await ask((done) => request.sessionStore.regenerate(request as never, done));
      response.end();
    };
    const one = await serve(session, { ...quiet, store, genid: () => 'of-one' }, renew);
    await serve(session, { ...quiet, store, genid: () => 'of-two' }, renew);
    expect(idOf(cookieOf(await one.get()))).toBe('of-one');
  });

  test('a secure cookie that is not sent is told once, with the reason', async () => {
    const warnings = collectWarnings();
    const app = await serve(session, { ...quiet, saveUninitialized: true, cookie: { secure: true } });
    await app.get();
    await app.get();
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.filter(({ name }) => name === 'SessionWarning')).toHaveLength(1);
  });

  test('a store that is none is refused with what to do', () => {
    expect(() => session({ ...quiet, store: new Map() as never })).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });

  test('the memory store in production is warned of', async () => {
    const warnings = collectWarnings();
    const { NODE_ENV } = process.env;
    process.env.NODE_ENV = 'production';
    session(quiet);
    process.env.NODE_ENV = NODE_ENV;
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/MemoryStore/)]);
  });

  test('a touch is one call of the store, and a read is one', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, keysHandler);
    const cookie = cookieOf(await app.get('/set/user'));
    const counts = [counting(store, 'get'), counting(store, 'set'), counting(store, 'touch')];
    await app.get('/read', { cookie });
    expect(counts.map((count) => count())).toEqual([1, 0, 1]);
  });
});
