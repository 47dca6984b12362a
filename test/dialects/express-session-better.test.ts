import { createServer } from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { session } from '../../src/dialects/express-session.js';
import { createClient } from '../../src/testing/client.js';
import { http2Fetch, http2Session } from '../adapters/http2-client.js';
import { listen } from '../adapters/reply.js';
import { collectWarnings } from '../adapters/serve.js';
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

type Store = InstanceType<typeof session.MemoryStore>;

describe('the response', () => {
  test('leaves once the session is stored: a redirect too', async () => {
    const store = new session.MemoryStore();
    const stored = gate();
    const set = store.set.bind(store);
    store.set = (id, data, done) => void stored.isOpen.then(() => set(id, data, done));
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

  test.each(failures)(
    'V-24: is an error when the store fails in $name, and nothing else was sent',
    async ({ verbs, handler }) => {
      const store = new session.MemoryStore();
      const app = await serve(session, { ...quiet, store }, (request, response) => {
        if (request.url !== '/') return handler(request, response);
        request.session.views = 1;
        response.end();
        return undefined;
      });
      const cookie = cookieOf(await app.get());
      Object.assign(store, verbs);
      expect(await app.get('/fail', { cookie })).toMatchObject({
        status: 500,
        text: 'boom!',
        setCookie: [],
      });
      expect(app.lateErrors).toEqual([]);
    },
  );

  test('is an error when a value cannot be stored', async () => {
    const app = await serve(session, quiet, ({ session }, response) => {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      session.circle = circle;
      response.end();
    });
    expect(await app.get()).toMatchObject({
      status: 500,
      text: expect.stringMatching(/circular/i),
    });
  });

  test('is an error when the cookie cannot be sent', async () => {
    const app = await serve(
      session,
      { ...quiet, cookie: () => ({ expires: new Date(Number.NaN) }) },
      ({ session }, response) => {
        session.views = 1;
        response.end();
      },
    );
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
    expect(await app.get()).toMatchObject({
      status: 200,
      text: 'boom!',
      setCookie: [expect.any(String)],
    });
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
    const app = await serve(
      session,
      { ...quiet, store, cookie: { maxAge: 60_000 } },
      ({ session, url }, response) => {
        if (url === '/') session.views = 1;
        else session.cookie.maxAge = 3_600_000;
        response.end();
      },
    );
    const cookie = cookieOf(await app.get());
    expect((await app.get('/remember', { cookie })).setCookie).toEqual([
      expect.stringContaining('Expires='),
    ]);
    expect(await ask((done) => store.get(idOf(cookie), done))).toMatchObject({
      cookie: { originalMaxAge: 3_600_000 },
    });
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
    const app = await serve(session, {
      ...quiet,
      saveUninitialized: true,
      cookie: { secure: true },
    });
    await app.get();
    await app.get();
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.filter(({ name }) => name === 'SessionWarning')).toHaveLength(1);
  });

  test('a new session that is first written while the body is is not stored, and told of', async () => {
    const warnings = collectWarnings();
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, ({ session }, response) => {
      response.write('hello');
      setTimeout(() => {
        session.views = 1;
        response.end();
      }, 10);
    });
    expect(await app.get()).toMatchObject({ status: 200, text: 'hello', setCookie: [] });
    expect(await ask((done) => store.length(done))).toBe(0);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/after its response began/),
    ]);
  });

  test.each([
    { maxAge: '1d' as never },
    { maxAge: Number.NaN },
    { maxAge: Number.POSITIVE_INFINITY },
    { expires: new Date(Number.NaN) },
    { expires: 'tomorrow' as never },
    { expires: 1_700_000_000_000 as never },
  ])('a cookie that cannot be sent is refused at start: %o', (cookie) => {
    expect(() => session({ ...quiet, cookie })).toThrow(TypeError);
  });

  test('a store that is none is refused with what to do', () => {
    expect(() => session({ ...quiet, store: new Map() as never })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  test('the memory store in production is warned of', async () => {
    const warnings = collectWarnings();
    const { NODE_ENV } = process.env;
    process.env.NODE_ENV = 'production';
    const secret = 'a secret of my own';
    session({ ...quiet, secret });
    session({ ...quiet, secret, store: new session.MemoryStore() });
    process.env.NODE_ENV = NODE_ENV;
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.map(({ message }) => message)).toEqual(
      Array(2).fill(expect.stringMatching(/MemoryStore/)),
    );
  });

  test('a touch is one call of the store, and a read is one', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, ({ session, url }, response) => {
      if (url === '/set') session.views = 1;
      response.end();
    });
    const cookie = cookieOf(await app.get('/set'));
    const counts = [counting(store, 'get'), counting(store, 'set'), counting(store, 'touch')];
    await app.get('/read', { cookie });
    expect(counts.map((count) => count())).toEqual([1, 0, 1]);
  });

  test('HTTP/2 is served', async () => {
    const middleware = session({ ...quiet, store: new session.MemoryStore() });
    type Request = { session: { views?: number } };
    const handler = (request: Request, response: { end(text: string): void }) => {
      request.session.views = (request.session.views ?? 0) + 1;
      response.end(`${request.session.views}`);
    };
    const plain = createServer((request, response) =>
      middleware(request, response, () => handler(request as never, response)),
    );
    const server = await listen(
      plain as never as Parameters<typeof listen>[0] & { closeAllConnections(): void },
    );
    const connection = await http2Session(server.origin);
    onTestFinished(() => {
      connection.destroy();
      plain.close();
    });
    const client = createClient({ ...server, fetch: http2Fetch(connection) });
    const texts = [await (await client.get('/')).text(), await (await client.get('/')).text()];
    expect(texts).toEqual(['1', '2']);
  });
});
