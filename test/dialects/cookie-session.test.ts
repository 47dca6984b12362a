import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Passport } from 'passport';
import { Strategy } from 'passport-local';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import cookieSession from '../../src/dialects/cookie-session.js';
import { isSessionError, type SessionError } from '../../src/index.js';
import { createClient } from '../../src/testing/client.js';
import { http2Fetch, http2Session } from '../adapters/http2-client.js';
import { listen } from '../adapters/reply.js';
import { collectWarnings } from '../adapters/serve.js';
import {
  type App,
  apps,
  type CookieSession,
  type Request,
  type Response,
  sent,
  serveApp,
} from './cookie-session-apps.js';
import { type Exchange, exchange } from './exchanges.js';

// Required, since the types of the original declare another `req.session` for the whole program.
const original: CookieSession = createRequire(import.meta.url)('cookie-session');
const ours = cookieSession as CookieSession;

/** The answers to the requests of an app, when `packages` serve them in turn. */
async function exchanges(app: App, packages: readonly CookieSession[]): Promise<Exchange[]> {
  const servers = await Promise.all(packages.map((each) => serveApp(app, each)));
  return exchange(
    app.requests,
    servers.map(({ origin }) => origin),
  );
}

describe('beside cookie-session 2.1', () => {
  // Expiry is an instant in the cookie.
  beforeEach(
    () => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T10:00:00.250Z') }),
  );
  afterEach(() => void vi.useRealTimers());

  it.each(apps)('$name: the same answers and cookies, byte for byte', async (app) => {
    expect(await exchanges(app, [ours])).toEqual(await exchanges(app, [original]));
  });

  it.each(apps)('$name: each reads what the other wrote', async (app) => {
    const expected = await exchanges(app, [original]);
    expect(await exchanges(app, [original, ours])).toEqual(expected);
    expect(await exchanges(app, [ours, original])).toEqual(expected);
  });
});

const OVERSIZE = 'x'.repeat(4000);

/** What both packages answer to the same requests: ours first. */
async function both(app: App): Promise<[Exchange[], Exchange[]]> {
  return [await exchanges(app, [ours]), await exchanges(app, [original])];
}

describe('where cookie-session loses a session without a word', () => {
  it('a session too long for a cookie is an error before the response leaves', async () => {
    const app: App = {
      name: 'oversize',
      handlers: {
        '/': ({ session }, response) => {
          session.text = OVERSIZE;
          response.setHeader('Location', '/saved');
          response.statusCode = 302;
        },
      },
      requests: [{}],
    };
    const [[mine], [theirs]] = await both(app);
    expect(mine).toMatchObject({
      status: 500,
      setCookies: [],
      body: expect.stringContaining('the limit of 4089'),
    });
    expect(theirs?.status).toBe(302);
    expect(theirs?.setCookies[0]?.length).toBeGreaterThan(5000);
  });

  it('the longest session that fits is sent', async () => {
    // 3,064 octets of JSON are 4,088 characters of base64.
    const text = 'x'.repeat(3064 - '{"text":""}'.length);
    const app: App = {
      name: 'size',
      handlers: {
        '/': ({ session }) => void Object.assign(session, { text }),
        '/read': ({ session }) => session.text.length,
      },
      requests: [{}, { path: '/read' }],
    };
    expect((await exchanges(app, [ours]))[1]).toMatchObject({
      status: 200,
      body: String(text.length),
    });
  });

  it('data that JSON cannot hold is an error', async () => {
    const app: App = {
      name: 'circular',
      handlers: { '/': ({ session }) => void Object.assign(session, { session, one: 1n }) },
      requests: [{}],
    };
    const [[mine], [theirs]] = await both(app);
    expect(mine).toMatchObject({
      status: 500,
      setCookies: [],
      body: expect.stringContaining('cannot be written as JSON'),
    });
    expect(theirs).toMatchObject({ status: 200, setCookies: [] });
  });

  it('an option that a handler made wrong is an error', async () => {
    const app: App = {
      name: 'option',
      handlers: {
        '/': ({ session, sessionOptions }) =>
          void Object.assign(session, { a: 1 }, Object.assign(sessionOptions, { path: 'ž' })),
      },
      requests: [{}],
    };
    const [[mine], [theirs]] = await both(app);
    expect(mine).toMatchObject({ status: 500, setCookies: [], body: 'option path is invalid' });
    expect(theirs).toMatchObject({ status: 200, setCookies: [] });
  });

  it.each([{}, { 'x-forwarded-proto': 'https' }])(
    'a secure cookie over plain HTTP is a warning that names the cause: %o',
    async (headers) => {
      const warnings = collectWarnings();
      const app: App = {
        name: 'secure',
        options: { secret: 'a key', secure: true },
        handlers: { '/': ({ session }) => void Object.assign(session, { a: 1 }) },
        requests: [{ headers }, { headers }],
      };
      const [mine, theirs] = await both(app);
      expect(mine).toEqual(theirs);
      expect(mine).toMatchObject([{ setCookies: [] }, { setCookies: [] }]);
      await vi.waitFor(() => expect(warnings).toHaveLength(1));
      expect(warnings[0]).toMatchObject({ name: 'SessionWarning', code: 'SOJOURN_REFUSED' });
      expect(warnings[0]?.message).toContain('plain HTTP');
      expect(warnings[0]?.message.includes('X-Forwarded-Proto')).toBe(
        'x-forwarded-proto' in headers,
      );
    },
  );

  it('a session replaced with an empty object is removed', async () => {
    const app: App = {
      name: 'empty',
      handlers: {
        '/': ({ session }) => void Object.assign(session, { user: 'ada' }),
        '/replace': (request) => void Object.assign(request, { session: {} }),
        '/read': ({ session }) => JSON.stringify(session),
      },
      requests: [{}, { path: '/replace' }, { path: '/read' }],
    };
    const [mine, theirs] = await both(app);
    expect(mine[2]?.body).toBe('{}');
    expect(theirs[2]?.body).toBe('{"user":"ada"}');
  });

  it('a signature that is made anew lives as long, and where, its cookie does', async () => {
    const app: App = {
      name: 'rotation',
      options: { keys: ['new', 'old'], maxAge: 60_000, path: '/app', domain: 'example.com' },
      handlers: { '/': ({ session }) => JSON.stringify(session) },
      requests: [
        sent('e30=', { key: 'old' }),
        { headers: { cookie: 'session=e30=; session.sig=forged' } },
      ],
    };
    const [mine, theirs] = await both(app);
    const attributes =
      /^session\.sig=[\w-]*; path=\/app; expires=.+; domain=example\.com; httponly$/;
    for (const { setCookies } of mine)
      expect(setCookies).toEqual([expect.stringMatching(attributes)]);
    for (const { setCookies } of theirs)
      expect(setCookies).toEqual([expect.stringMatching(/^session\.sig=[\w-]*; path=\/;/)]);
  });

  it('two of them on one request keep their own options', async () => {
    const app: App = {
      name: 'two',
      options: { name: 'first', secret: 'one' },
      others: [{ name: 'second', secret: 'two' }],
      handlers: { '/': ({ session }) => void Object.assign(session, { a: 1 }) },
      requests: [{}],
    };
    const server = await serveApp(app, ((options: object) => {
      const middleware = ours(options);
      return (request: Request, response: Response, next: () => void) => {
        const before = request.session;
        if (before) before.early = 1;
        middleware(request, response, next);
      };
    }) as CookieSession);
    const reply = await fetch(server.origin);
    expect(reply.headers.getSetCookie().map((cookie) => cookie.split('=')[0])).toEqual([
      'first',
      'first.sig',
      'second',
      'second.sig',
    ]);
  });
});

describe('options', () => {
  const wrong: [object, string][] = [
    [{}, '.keys required.'],
    [{ keys: undefined, secret: '' }, '.keys required.'],
    [{ keys: [] }, 'Keys must be provided.'],
    [{ secret: 'a', path: 'ž' }, 'option path is invalid'],
    [{ secret: 'a', path: '/; domain=example.com' }, 'option path is invalid'],
    [{ secret: 'a', domain: 'a\nb' }, 'option domain is invalid'],
    [{ secret: 'a', domain: 'a; path=/' }, 'option domain is invalid'],
    [{ secret: 'a', maxAge: 'soon' }, 'option maxAge is invalid'],
    [{ secret: 'a', maxAge: Number.NaN }, 'option maxAge is invalid'],
    [{ secret: 'a', priority: 'urgent' }, 'option priority is invalid'],
    [{ secret: 'a', sameSite: 'maybe' }, 'option sameSite is invalid'],
    [{ secret: 'a', name: 'a=b' }, 'argument name is invalid'],
    [{ secret: 'a', expires: 'tomorrow' }, 'option expires is invalid'],
    [{ keys: 'text' }, 'keys is a string'],
    [{ keys: ['a', ''] }, 'A key is empty'],
    [{ keys: [Buffer.alloc(0)] }, 'A key is empty'],
    [{ keys: [createSecretKey(Buffer.alloc(0))] }, 'A key is empty'],
  ];

  it.each(wrong)('%o is refused when the app starts', (options, message) => {
    expect(() => ours(options)).toThrow(message);
  });

  it('gives the errors of the original where it has some', () => {
    expect(() => original({})).toThrow('.keys required.');
  });

  it('leaves the object of the caller as it is', () => {
    const options = Object.freeze({ secret: 'a' });
    ours(options);
    expect(options).toEqual({ secret: 'a' });
  });

  it('takes keys from the list as it is at each request', async () => {
    const keys = ['first'];
    const app: App = {
      name: 'keys',
      options: { keys },
      handlers: { '/': ({ session }) => session.a ?? Object.assign(session, { a: 1 }).b },
      requests: [],
    };
    const { origin } = await serveApp(app, ours);
    const client = createClient({ origin });
    await client.get('/');
    keys.unshift('second');
    const reply = await client.get('/');
    expect([await reply.text(), reply.headers.getSetCookie()]).toEqual([
      '1',
      [expect.stringContaining('session.sig=')],
    ]);
    keys.pop();
    expect(await (await client.get('/')).text()).toBe('1');
  });

  it('says that secureProxy is deprecated, and follows it', async () => {
    const warnings = collectWarnings();
    const app: App = {
      name: 'secureProxy',
      options: { secret: 'a', secureProxy: true },
      handlers: { '/': ({ session }) => void Object.assign(session, { a: 1 }) },
      requests: [{}],
    };
    const [mine] = await both(app);
    expect(mine[0]?.setCookies[0]).toContain('; secure');
    await vi.waitFor(() => expect(warnings).toMatchObject([{ name: 'DeprecationWarning' }]));
  });
});

describe('save and regenerate', () => {
  const write = ({ session }: Request): void => void Object.assign(session, { user: 'ada' });
  const read = ({ session }: Request): string => JSON.stringify(session);

  function appWith(handler: App['handlers'][string]): App {
    return {
      name: 'verbs',
      handlers: { '/': write, '/verb': handler, '/read': read },
      requests: [{}, { path: '/verb' }, { path: '/read' }],
    };
  }

  it('regenerate puts an empty session in the place of the old one, which is removed', async () => {
    const app = appWith(async (request) => {
      const before = request.session;
      await before.regenerate();
      return [request.session === before, request.session.isNew, request.session.user].join();
    });
    const [, verb, after] = await exchanges(app, [ours]);
    expect(verb?.body).toBe('false,true,');
    expect(verb?.setCookies).toEqual([
      expect.stringMatching(/^session=; .*1970/),
      expect.stringMatching(/^session\.sig=.*1970/),
    ]);
    expect(after?.body).toBe('{}');
  });

  it('what is written after regenerate is sent', async () => {
    const app = appWith(async (request) => {
      await request.session.regenerate();
      request.session.user = 'grace';
      await request.session.save();
    });
    expect((await exchanges(app, [ours]))[2]?.body).toBe('{"user":"grace"}');
  });

  it('both call back, after they have returned', async () => {
    const app = appWith(async (request) => {
      const calls: unknown[] = [];
      await new Promise<void>((resolve) => {
        request.session.regenerate((...parameters: unknown[]) => {
          calls.push('regenerated', ...parameters);
          request.session.save((...others: unknown[]) =>
            resolve(void calls.push('saved', ...others)),
          );
        });
        calls.push('returned');
      });
      return calls.join();
    });
    expect((await exchanges(app, [ours]))[1]?.body).toBe('returned,regenerated,saved');
  });

  it('save says at once that a session is too long, also to a callback', async () => {
    const app = appWith(async ({ session }) => {
      session.text = OVERSIZE;
      const rejected = await session.save().catch((error: unknown) => error);
      const passed = await new Promise((resolve) => session.save(resolve));
      delete session.text;
      return `${rejected.code} ${isSessionError(passed, 'too-large')}`;
    });
    expect((await exchanges(app, [ours]))[1]?.body).toBe('too-large true');
  });

  it.each(['save', 'regenerate'])('%s after the head has left is an error', async (verb) => {
    const app = appWith(async ({ session }, response) => {
      response.flushHeaders();
      return session[verb]().catch(({ code }: SessionError) => code);
    });
    expect((await exchanges(app, [ours]))[1]?.body).toBe('too-late');
  });

  it('data of these names stays data', async () => {
    const app = appWith(
      ({ session }) =>
        void Object.assign(session, { save: 1, regenerate: 2, toString: 3, constructor: 4 }),
    );
    expect((await exchanges(app, [ours]))[2]?.body).toBe(
      '{"user":"ada","save":1,"regenerate":2,"toString":3,"constructor":4}',
    );
  });
});

describe('around it', () => {
  it.each(['cookie-session', 'express3'])('require gives the function itself: %s', (name) => {
    expect(createRequire(import.meta.url)(`sojourn/${name}`)).toBeTypeOf('function');
  });

  it('Express shows the error of a session that cannot be sent, without the headers of the lost response', async () => {
    const app = express();
    app.use(cookieSession({ secret: 'a key' }));
    app.get('/', (request, response) => {
      Object.assign((request as unknown as Request).session, { text: OVERSIZE });
      response.cookie('other', '1').redirect('/saved');
    });
    app.use(
      (
        error: SessionError,
        _request: express.Request,
        response: express.Response,
        _next: express.NextFunction,
      ) => {
        response.status(error.status).send(error.code);
      },
    );
    const server = await listen(app as RequestListener);
    onTestFinished(server.stop);
    const reply = await fetch(server.origin, { redirect: 'manual' });
    expect([
      reply.status,
      await reply.text(),
      reply.headers.getSetCookie(),
      reply.headers.get('location'),
    ]).toEqual([500, 'too-large', [], null]);
  });

  it('an error once the head has left ends the response, and reaches the error handlers', async () => {
    const app = express();
    const seen: unknown[] = [];
    app.use(cookieSession({ secret: 'a key' }));
    app.get('/', (request, response) => {
      Object.assign((request as unknown as Request).session, { a: 1 });
      response.write('first');
      response.write(1);
    });
    app.use(
      (
        error: NodeJS.ErrnoException,
        _request: express.Request,
        response: express.Response,
        _next: express.NextFunction,
      ) => {
        seen.push(error.code);
        response.destroy();
      },
    );
    const server = await listen(app as RequestListener);
    onTestFinished(server.stop);
    await expect(fetch(server.origin).then((reply) => reply.text())).rejects.toThrow();
    expect(seen).toEqual(['ERR_INVALID_ARG_TYPE']);
  });

  it("follows Express's trust proxy", async () => {
    const app = express();
    app.set('trust proxy', 1);
    app.use(cookieSession({ secret: 'a key', secure: true }));
    app.get('/', (request, response) => {
      Object.assign((request as unknown as Request).session, { a: 1 });
      response.end();
    });
    const server = await listen(app as RequestListener);
    onTestFinished(server.stop);
    const reply = await fetch(server.origin, { headers: { 'x-forwarded-proto': 'https' } });
    expect(reply.headers.getSetCookie()).toHaveLength(2);
  });

  it('serves HTTP/2', async () => {
    const middleware = cookieSession({ secret: 'a key' });
    const http2 = createHttp2Server((request, response) => {
      middleware(request, response, () => {
        const { session } = request as unknown as Request;
        session.views = (session.views ?? 0) + 1;
        response.end(String(session.views));
      });
    });
    http2.listen(0, '127.0.0.1');
    await once(http2, 'listening');
    const origin = `http://127.0.0.1:${(http2.address() as AddressInfo).port}`;
    const connection = await http2Session(origin);
    onTestFinished(async () => {
      await new Promise<void>((resolve) => connection.close(resolve));
      await new Promise((resolve) => http2.close(resolve));
    });
    const client = createClient({ origin, fetch: http2Fetch(connection) });
    expect(await (await client.get('/')).text()).toBe('1');
    expect(await (await client.get('/')).text()).toBe('2');
  });

  it('of two requests at the same moment the later one wins: a cookie has no server to merge them', async () => {
    for (const each of [ours, original]) {
      const app: App = {
        name: 'race',
        handlers: {
          '/': ({ session }) => void Object.assign(session, { begun: true }),
          '/a': ({ session }) => void Object.assign(session, { a: 1 }),
          '/b': ({ session }) => void Object.assign(session, { b: 1 }),
          '/read': ({ session }) => JSON.stringify(session),
        },
        requests: [],
      };
      const client = createClient(await serveApp(app, each));
      await client.get('/');
      const other = client.clone();
      await client.get('/a');
      for (const cookie of (await other.get('/b')).headers.getSetCookie())
        client.cookies.receive(cookie, new URL(client.origin));
      expect(await (await client.get('/read')).text()).toBe('{"begun":true,"b":1}');
    }
  });
});

describe('passport', () => {
  it.each(['/login', '/login-keeping'])('signs in and out: %s', async (path) => {
    const passport = new Passport();
    passport.use(
      new Strategy((username, password, done) =>
        done(null, password === 'correct' ? { username } : false),
      ),
    );
    passport.serializeUser((user, done) => done(null, (user as { username: string }).username));
    passport.deserializeUser((username, done) => done(null, { username } as Express.User));
    const app = express();
    app.use(cookieSession({ secret: 'a key' }), express.urlencoded(), passport.session());
    const user = (request: express.Request): string =>
      (request.user as { username?: string } | undefined)?.username ?? 'nobody';
    app.get('/', (request, response) => {
      const { session } = request as unknown as Request;
      session.visits = (session.visits ?? 0) + 1;
      response.send(`${user(request)} ${session.visits}`);
    });
    app.post('/login', passport.authenticate('local', { successRedirect: '/' }));
    app.post(
      '/login-keeping',
      passport.authenticate('local', { successRedirect: '/', keepSessionInfo: true }),
    );
    app.post('/logout', (request, response, next) =>
      request.logout((error) => (error ? next(error) : response.redirect('/'))),
    );
    const server = await listen(app as RequestListener);
    onTestFinished(server.stop);

    const client = createClient(server);
    const page = async (): Promise<string> => (await client.get('/')).text();
    const login = (password: string): Promise<globalThis.Response> =>
      client.post(path, { body: new URLSearchParams({ username: 'ada', password }) });

    expect(await page()).toBe('nobody 1');
    expect((await login('wrong')).status).toBe(401);
    expect((await login('correct')).status).toBe(302);
    expect(await page()).toBe(path === '/login' ? 'ada 1' : 'ada 2');
    const signedIn = client.clone();
    await client.post('/logout');
    expect(await page()).toBe('nobody 1');
    // A copy of the cookie stays valid: nothing on the server knows it.
    expect(await (await signedIn.get('/')).text()).toMatch(/^ada /);
  });
});
