import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import cookieSession from '../../src/dialects/cookie-session.js';
import { session as expressSession } from '../../src/dialects/express-session.js';
import { cookieSession as express3CookieSession } from '../../src/dialects/express3/cookie-session.js';
import { collectWarnings } from '../adapters/serve.js';

type Next = (error?: unknown) => void;
type Middleware = (request: never, response: never, next: Next) => void;
type Request = IncomingMessage & { session: { views?: number } | null };
type Handler = (request: Request, response: ServerResponse) => void;

const SECRET = 'a secret that nobody else has';
const original = createRequire(import.meta.url)('cookie-session') as typeof cookieSession;

/** What of an answer the tests look at. */
interface Answer {
  readonly text: string;
  readonly cookies: string[];
  readonly headers: Headers;
}

async function serve(
  middlewares: readonly Middleware[],
  handler: Handler,
): Promise<(path?: string, cookie?: string) => Promise<Answer>> {
  const server = createServer((request, response) => {
    const run = (index: number): void => {
      const middleware = middlewares[index];
      if (middleware === undefined) handler(request as Request, response);
      else
        middleware(request as never, response as never, (error) => {
          if (error) response.writeHead(500).end(String(error));
          else run(index + 1);
        });
    };
    run(0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async (path = '/', cookie = '') => {
    const response = await fetch(origin + path, {
      headers: cookie === '' ? {} : { cookie },
      signal: AbortSignal.timeout(10_000),
    });
    const cookies = response.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
    return { text: await response.text(), cookies, headers: response.headers };
  };
}

const views: Handler = (request, response) => {
  if (request.url === '/none') return void response.end('none');
  const { session } = request;
  if (request.url === '/set' && session !== null) session.views = 1;
  response.end(String(session?.views));
};

const kinds: { name: string; make: () => Middleware; cookie: string }[] = [
  { name: 'cookie-session', make: () => cookieSession({ keys: [SECRET] }), cookie: 'session' },
  {
    name: 'express3 cookieSession',
    make: () => express3CookieSession({ secret: SECRET }),
    cookie: 'connect.sess',
  },
];

describe.each(kinds)('$name', ({ make, cookie: name }) => {
  test('V-22: an answer with a cookie is in no cache, and one that used the session varies', async () => {
    const get = await serve([make()], views);
    const set = await get('/set');
    expect(set.headers.get('cache-control')).toBe('no-store');
    expect(set.headers.get('vary')).toBe('Cookie');
    const read = await get('/', set.cookies.join('; '));
    expect(read).toMatchObject({ text: '1', cookies: [] });
    expect(read.headers.get('cache-control')).toBeNull();
    expect(read.headers.get('vary')).toBe('Cookie');
  });

  test('S-27: a cookie that nobody signed, in front of the good one, does not hide it', async () => {
    const get = await serve([make()], views);
    const good = (await get('/set')).cookies.join('; ');
    const junk = `${name}=eyJ2aWV3cyI6Mn0=; ${name}.sig=junk`;
    expect((await get('/', `${junk}; ${good}`)).text).toBe('1');
    expect((await get('/', `${good}; ${junk}`)).text).toBe('1');
  });

  test('mounted twice it is one session with one cookie', async () => {
    const middleware = make();
    const outer: Middleware = (request: Request, _response, next) => {
      if (request.session !== null) Object.assign(request.session, { outer: 1 });
      next();
    };
    const get = await serve([middleware, outer, middleware], ({ session, url }, response) => {
      if (url === '/set' && session !== null) session.views = 1;
      response.end(JSON.stringify(session));
    });
    const set = await get('/set');
    expect(new Set(set.cookies.map((one) => one.split('=')[0])).size).toBe(set.cookies.length);
    expect(JSON.parse((await get('/', set.cookies.join('; '))).text)).toMatchObject({
      outer: 1,
      views: 1,
    });
  });

  test.each([{}, { setHeader: () => undefined, writeHead: () => undefined }])(
    'an upgrade request has its session, with a response that is none: %o',
    async (response) => {
      const middleware = make();
      const get = await serve([middleware], views);
      const cookie = (await get('/set')).cookies.join('; ');
      const request = { headers: { cookie }, url: '/', socket: {} } as Request;
      const error = await new Promise((resolve) =>
        middleware(request as never, response as never, resolve),
      );
      expect(error).toBeUndefined();
      expect(request.session?.views).toBe(1);
    },
  );

  test('S-05: a secret from a manual warns in production', async () => {
    const warnings = collectWarnings();
    const { NODE_ENV } = process.env;
    process.env.NODE_ENV = 'production';
    try {
      for (const secret of ['keyboard cat', 'secret', 'my-secret', 'change me', SECRET]) {
        cookieSession({ keys: [secret] });
        express3CookieSession({ secret });
        expressSession({ secret, resave: false, saveUninitialized: false, store: plainStore() });
      }
    } finally {
      process.env.NODE_ENV = NODE_ENV;
    }
    cookieSession({ keys: ['keyboard cat'] });
    await new Promise((resolve) => setImmediate(resolve));
    expect(
      warnings.filter((warning) => Object(warning).code === 'SOJOURN_PLACEHOLDER_SECRET'),
    ).toHaveLength(12);
  });
});

/** A store that is none for development. */
function plainStore(): InstanceType<typeof expressSession.Store> {
  class PlainStore extends expressSession.Store {
    get = (): void => undefined;
    set = (): void => undefined;
    destroy = (): void => undefined;
  }
  return new PlainStore();
}

describe('options of cookie-session', () => {
  const defaults = { keys: [SECRET], name: 'inherited', maxAge: 60_000, path: '/here' };
  const settings = [
    { what: 'inherited', make: () => Object.create(defaults) },
    {
      what: 'getters',
      make: () =>
        Object.defineProperties(
          {},
          Object.fromEntries(
            Object.entries(defaults).map(([name, value]) => [
              name,
              { enumerable: true, get: () => value },
            ]),
          ),
        ),
    },
  ];

  test.each(settings)('count when they are $what, as in the original', async ({ make }) => {
    const lines: string[] = [];
    for (const use of [original, cookieSession]) {
      const get = await serve([use(make()) as Middleware], views);
      const { headers } = await get('/set');
      lines.push(
        headers
          .getSetCookie()
          .join('\n')
          .replaceAll(/expires=[^;]+/g, 'expires'),
      );
    }
    expect(lines[0]).toMatch(/^inherited=.*path=\/here; expires; httponly/);
    expect(lines[1]).toBe(lines[0]);
  });

  test('S-21: secure that is inherited sends no cookie over plain HTTP', async () => {
    for (const use of [original, cookieSession]) {
      const options = Object.create({ keys: [SECRET], secure: true });
      const get = await serve([use(options) as Middleware], views);
      expect((await get('/set')).cookies).toEqual([]);
    }
  });

  test('a getter is asked at each request', async () => {
    for (const use of [original, cookieSession]) {
      let domain = 'one.example';
      const options = {
        keys: [SECRET],
        get domain() {
          return domain;
        },
      };
      const get = await serve([use(options) as Middleware], views);
      domain = 'two.example';
      expect((await get('/set')).headers.getSetCookie()[0]).toContain('domain=two.example');
    }
  });
});
