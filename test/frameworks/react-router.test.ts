import {
  isSession as isRemixSession,
  type SessionStorage as RemixStorage,
} from '@remix-run/server-runtime';
import {
  createContext,
  createRequestHandler,
  createStaticHandler,
  data,
  isSession,
  type MiddlewareFunction,
  redirect,
  type SessionStorage,
} from 'react-router';
import * as reactRouter8 from 'react-router8';
import { describe, expect, onTestFinished, test } from 'vitest';
import { native, sessionMiddleware, sessionStorage } from '../../src/adapters/react-router.js';
import { createSessions, headerTransport, type Session, session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import {
  type AdapterContext,
  adapterSuite,
  type SuiteData,
} from '../../src/testing/adapter-suite.js';
import { calledDirectly, toResponse, WITHOUT_SERVER } from '../adapters/web-reply.js';

type Handle = ReturnType<typeof createRequestHandler>;
type Build = Exclude<Parameters<typeof createRequestHandler>[0], (...args: never[]) => unknown>;
type Module = Record<string, unknown>;

/** What `react-router build` makes of these route modules; `root` is the module of the root. */
function buildOf(root: Module, pages: Readonly<Record<string, Module>>): Build {
  const routes: Record<string, unknown> = { root: { id: 'root', path: '', module: root } };
  for (const [path, module] of Object.entries(pages)) {
    const place = path === '' ? { index: true } : { path };
    routes[`page ${path}`] = { id: `page ${path}`, parentId: 'root', ...place, module };
  }
  return {
    entry: {
      module: {
        /** Shows the data of the page, or the error, as `entry.server` renders them. */
        default: (_request: Request, status: number, headers: Headers, context: never) => {
          const { loaderData, actionData, errors } = (
            context as { staticHandlerContext: Record<string, unknown> }
          ).staticHandlerContext;
          const text = JSON.stringify({ loaderData, actionData, failed: errors !== null });
          return new Response(text, { status, headers });
        },
        handleError: () => undefined,
      },
    },
    routes,
    assets: { entry: { imports: [], module: '' }, routes: {}, url: '', version: '' },
    basename: '/',
    publicPath: '/',
    assetsBuildDirectory: '',
    future: { v8_middleware: true },
    ssr: true,
    isSpaMode: false,
    prerender: [],
    routeDiscovery: { mode: 'initial', manifestPath: '/__manifest' },
  } as unknown as Build;
}

const isOldNode = Number.parseInt(process.versions.node, 10) < 22;
const VERSIONS = [
  { name: 'React Router 7', create: createRequestHandler, isSkipped: false },
  {
    name: `React Router 8${isOldNode ? ', which needs Node 22' : ''}`,
    create: reactRouter8.createRequestHandler as unknown as typeof createRequestHandler,
    isSkipped: isOldNode,
  },
];

function suiteApp(create: typeof createRequestHandler, context: AdapterContext): Handle {
  const sessionContext = createContext<Session<SuiteData>>();
  const answer = async ({ request, context: router }: never): Promise<Response> => {
    const { method, url } = request as Request;
    const own = (router as { get(key: unknown): Session<SuiteData> }).get(sessionContext);
    const reply = await context.handle({ method, path: new URL(url).pathname }, own);
    if (reply.isThrown) throw toResponse(reply);
    return toResponse(reply);
  };
  const middleware = [sessionMiddleware(context.sessions, sessionContext)];
  const page = { loader: answer, action: answer };
  return create(buildOf({ middleware }, { '': page, '*': page }), 'production');
}

describe.each(VERSIONS)('$name: createRequestHandler', ({ create, isSkipped }) => {
  adapterSuite({
    test: testUnless(isSkipped),
    start: async (context) => {
      const handle = suiteApp(create, context);
      return calledDirectly((request) => handle(request));
    },
    differences: { ...WITHOUT_SERVER },
  });
});

const testUnless = (isSkipped: boolean) => (isSkipped ? test.skip : test);

interface Shop {
  views: number;
  note: string;
}

const sessionContext = createContext<Session<Shop>>();

type Args = { request: Request; context: { get(key: typeof sessionContext): Session<Shop> } };

function shop(
  pages: Readonly<Record<string, Module>>,
  root: Module = {},
  create: typeof createRequestHandler = createRequestHandler,
) {
  const store = memoryStore();
  const sessions = createSessions<Shop>({ store });
  const middleware = [sessionMiddleware(sessions, sessionContext), ...middlewareOf(root)];
  const handle = create(buildOf({ ...root, middleware }, pages), 'production');
  const request = (path: string, init?: RequestInit) =>
    handle(new Request(`https://shop.test${path}`, init));
  return { request, sessions, store };
}

function middlewareOf({ middleware = [] }: Module): unknown[] {
  return middleware as unknown[];
}

const Page = () => null;
const count = ({ context }: Args) => context.get(sessionContext).increment('views');

describe.each(VERSIONS)(
  'in the habit of React Router: middleware, $name',
  ({ create, isSkipped }) => {
    const test = testUnless(isSkipped);

    test('flash reaches its page: data of a redirect leave it, data of the page end it', async () => {
      const note = ({ context }: Args) => context.get(sessionContext).get('note') ?? 'none';
      const { request } = shop(
        {
          save: {
            action: ({ context }: Args) => {
              context.get(sessionContext).flash('note', 'Saved');
              return redirect('/old');
            },
          },
          old: { loader: () => redirect('/shop') },
          shop: { default: Page, loader: () => 'shop' },
        },
        { default: Page, loader: note },
        create,
      );
      const saved = await request('/save.data', { method: 'POST', body: new URLSearchParams() });
      const cookie = saved.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      const fetched = { cookie, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
      const shown = async (path: string, more: Record<string, string> = {}): Promise<boolean> =>
        (await (await request(path, { headers: { ...fetched, ...more } })).text()).includes(
          'Saved',
        );
      expect((await request('/old.data', { headers: fetched })).status).toBe(202);
      expect(await shown('/shop.data', { 'sec-purpose': 'prefetch' })).toBe(true);
      expect(await shown('/shop.data')).toBe(true);
      expect(await shown('/shop.data')).toBe(false);
    });

    test('a page, its data for the browser, and a parent beside it have one session', async () => {
      const { request, sessions } = shop(
        { shop: { default: Page, loader: count } },
        { default: Page, loader: count },
        create,
      );
      const page = await request('/shop');
      expect(page.headers.getSetCookie().length).toBe(1);
      expect(
        Object.values(((await page.json()) as { loaderData: object }).loaderData).sort(),
      ).toEqual([1, 2]);
      const cookie = page.headers.getSetCookie()[0]!.split(';')[0]!;
      const forBrowser = await request('/shop.data', { headers: { cookie } });
      expect(await forBrowser.text()).toContain('4');
      expect([await sessions.count(), forBrowser.headers.getSetCookie()]).toEqual([1, []]);
    });

    test('an action that redirects after a login: stored, with the cookie', async () => {
      const { request, sessions } = shop(
        {
          login: {
            default: Page,
            async action({ context }: Args) {
              await context.get(sessionContext).login('ada');
              throw redirect('/', 303 as never);
            },
          },
        },
        {},
        create,
      );
      const response = await request('/login', { method: 'POST' });
      expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
      expect(response.headers.getSetCookie().length).toBe(1);
      expect((await sessions.ofUser('ada')).length).toBe(1);
    });

    test('error pages are stored, and carry the cookie: data(), an Error, the 404 of a splat route', async () => {
      const failing = (error: unknown) => (args: Args) => {
        count(args);
        throw error;
      };
      const { request } = shop(
        {
          data: {
            default: Page,
            ErrorBoundary: Page,
            loader: failing(data(null, { status: 418 })),
          },
          error: { default: Page, ErrorBoundary: Page, loader: failing(new Error('no')) },
          '*': {
            default: Page,
            ErrorBoundary: Page,
            loader: failing(new Response('', { status: 404 })),
          },
        },
        {},
        create,
      );
      for (const [path, status] of [
        ['/data', 418],
        ['/error', 500],
        ['/nowhere', 404],
      ] as const) {
        const response = await request(path);
        expect([response.status, ((await response.json()) as { failed: boolean }).failed]).toEqual([
          status,
          true,
        ]);
        expect(response.headers.getSetCookie().length).toBe(1);
      }
    });

    test('a middleware behind that throws a redirect: stored, with the cookie', async () => {
      const { request } = shop(
        { shop: { default: Page, loader: count } },
        {
          middleware: [
            ({ context }: Args) => {
              context.get(sessionContext).set('note', '/shop');
              throw redirect('/login');
            },
          ],
        },
        create,
      );
      const response = await request('/shop');
      expect([response.status, response.headers.get('location')]).toEqual([302, '/login']);
      expect(response.headers.getSetCookie().length).toBe(1);
    });

    test('the SessionError of a lost page is a 503 with nothing of the page', async () => {
      const { request, store } = shop(
        { shop: { default: Page, loader: count, headers: () => ({ 'X-Own': '1' }) } },
        {},
        create,
      );
      store.create = () => Promise.reject(new Error('disk full'));
      for (const path of ['/shop', '/shop.data']) {
        const response = await request(path);
        expect([response.status, await response.text()]).toEqual([503, 'Service Unavailable\n']);
        expect([...response.headers.keys()]).toEqual(['cache-control', 'content-type']);
      }
    });

    test('session() and current() are in loaders and in middleware behind', async () => {
      const seen: boolean[] = [];
      const { request, sessions } = shop(
        {
          shop: {
            default: Page,
            async loader({ context }: Args) {
              await Promise.resolve();
              seen.push(sessions.current() === context.get(sessionContext));
              return null;
            },
          },
        },
        {
          middleware: [
            ({ context }: Args) => {
              seen.push((session() as object) === context.get(sessionContext));
            },
          ],
        },
        create,
      );
      await request('/shop');
      expect(seen).toEqual([true, true]);
    });

    test('requests to itself with the same cookies: the same session, one cookie', async () => {
      const { request } = shop(
        {
          inner: { loader: (args: Args) => Response.json(count(args)) },
          outer: {
            async loader(args: Args) {
              count(args);
              const cookie = args.request.headers.get('cookie');
              const inner = await request('/inner', cookie === null ? {} : { headers: { cookie } });
              const sent = inner.headers.getSetCookie().length;
              return Response.json([
                await inner.json(),
                sent,
                args.context.get(sessionContext).get('views'),
              ]);
            },
          },
        },
        {},
        create,
      );
      const first = await request('/outer');
      expect([await first.json(), first.headers.getSetCookie().length]).toEqual([[2, 0, 2], 1]);
    });
  },
);

test('createStaticHandler, without a build: the same middleware', async () => {
  const sessions = createSessions<Shop>({ store: memoryStore() });
  const middleware: MiddlewareFunction<Response>[] = [sessionMiddleware(sessions, sessionContext)];
  const { queryRoute } = createStaticHandler([
    {
      path: '/',
      middleware,
      loader: ({ context }) => Response.json(context.get(sessionContext).increment('views')),
    } as Parameters<typeof createStaticHandler>[0][number],
  ]);
  const { RouterContextProvider } = await import('react-router');
  const response = (await queryRoute(new Request('https://shop.test/'), {
    requestContext: new RouterContextProvider(),
    generateMiddlewareResponse: async (query: (request: Request) => Promise<Response>) =>
      query(new Request('https://shop.test/')),
  } as never)) as Response;
  expect([await response.json(), response.headers.getSetCookie().length]).toEqual([1, 1]);
});

describe('in the habit of React Router: sessionStorage', () => {
  function storage(options: Partial<Parameters<typeof createSessions>[0]> = {}) {
    const sessions = createSessions<Shop>({ store: memoryStore(), ...options });
    const own = sessionStorage(sessions, { connection: { url: 'https://shop.test/' } });
    // It has the type of React Router's own.
    const typed: SessionStorage<Shop> = own;
    const remix: RemixStorage<Shop> = own;
    return { ...typed, remix, sessions };
  }
  const cookieOf = (header: string) => header.split(';')[0]!;

  test('set, has, get, unset, data and id, over two requests', async () => {
    const { getSession, commitSession, sessions } = storage();
    const first = await getSession(null);
    expect([isSession(first), first.id, first.data, first.has('note')]).toEqual([
      true,
      '',
      {},
      false,
    ]);
    first.set('note', 'a');
    first.set('views', 1);
    const header = await commitSession(first);
    expect(header).toMatch(/^__Host-sid=[^;]+; .*HttpOnly/);
    const second = await getSession(cookieOf(header));
    expect([second.get('note'), second.has('views'), second.data]).toEqual([
      'a',
      true,
      { note: 'a', views: 1 },
    ]);
    expect((await sessions.read(second.id))?.data).toEqual({ note: 'a', views: 1 });
    second.unset('note');
    expect(await commitSession(second)).toBe('');
    expect((await getSession(cookieOf(header))).data).toEqual({ views: 1 });
  });

  test('Remix 2 takes it for its own', async () => {
    const { remix } = storage();
    const own = await remix.getSession(null);
    own.set('note', 'a');
    expect([isRemixSession(own), await remix.commitSession(own)]).toEqual([
      true,
      expect.stringContaining('__Host-sid='),
    ]);
  });

  test('a name with a dot is one name', async () => {
    const sessions = createSessions<Record<string, unknown>>({ store: memoryStore() });
    const { getSession } = sessionStorage(sessions);
    const own = await getSession();
    own.set('a.b', 1);
    expect([own.get('a.b'), own.data]).toEqual([1, { 'a.b': 1 }]);
  });

  test('flash is there until it is read, also in the request that flashed it', async () => {
    const { getSession, commitSession } = storage();
    const first = await getSession();
    first.flash('note', 'saved');
    expect([first.get('note'), first.get('note')]).toEqual(['saved', undefined]);
    first.flash('note', 'again');
    const cookie = cookieOf(await commitSession(first));
    const passing = await getSession(cookie);
    expect([passing.has('note'), passing.data]).toEqual([true, { note: 'again' }]);
    await commitSession(passing);
    const reading = await getSession(cookie);
    expect(reading.get('note')).toBe('again');
    await commitSession(reading);
    expect((await getSession(cookie)).has('note')).toBe(false);
  });

  test('a second commit of a request stores what came between, under the same cookie', async () => {
    const { getSession, commitSession, sessions } = storage();
    const own = await getSession();
    own.set('note', 'a');
    const first = await commitSession(own);
    own.set('note', 'b');
    expect(cookieOf(await commitSession(own))).toBe(cookieOf(first));
    expect([await sessions.count(), (await getSession(cookieOf(first))).get('note')]).toEqual([
      1,
      'b',
    ]);
  });

  test('destroySession ends the session: a copy of the cookie is worth nothing (S-16)', async () => {
    const { getSession, commitSession, destroySession } = storage();
    const own = await getSession();
    own.set('note', 'a');
    const cookie = cookieOf(await commitSession(own));
    const header = await destroySession(await getSession(cookie));
    expect(header).toMatch(/^__Host-sid=; .*Max-Age=0/);
    expect((await getSession(cookie)).data).toEqual({});
  });

  test('of parallel requests no change is lost (V-04)', async () => {
    const { getSession, commitSession } = storage();
    const own = await getSession();
    own.set('note', 'a');
    const cookie = cookieOf(await commitSession(own));
    const [one, other] = await Promise.all([getSession(cookie), getSession(cookie)]);
    one.set('note', 'b');
    other.set('views', 7);
    await Promise.all([commitSession(one), commitSession(other)]);
    expect((await getSession(cookie)).data).toEqual({ note: 'b', views: 7 });
  });

  test('native(session) logs in under a new token (S-12)', async () => {
    const { getSession, commitSession, sessions } = storage();
    const own = await getSession();
    own.set('note', 'a');
    const before = cookieOf(await commitSession(own));
    const visitor = await getSession(before);
    await native<Shop>(visitor).login('ada', { persistent: true, lifetime: '7d' });
    const header = await commitSession(visitor);
    expect(cookieOf(header)).not.toBe(before);
    expect(header).toContain('Max-Age=');
    expect([(await getSession(before)).data, (await sessions.ofUser('ada')).length]).toEqual([
      {},
      1,
    ]);
  });

  test('what one header cannot say is refused: maxAge, a token in a header, two cookies', async () => {
    const { getSession, commitSession, destroySession } = storage();
    const own = await getSession();
    own.set('note', 'a');
    await expect(commitSession(own, { maxAge: 60 })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('maxAge'),
    });
    await expect(destroySession(own, { path: '/' })).rejects.toMatchObject({
      code: 'invalid-option',
    });
    expect(await commitSession(own, { maxAge: undefined } as never)).not.toBe('');

    const byHeader = storage({ transport: headerTransport('x-session') });
    const sent = await byHeader.getSession();
    sent.set('note', 'a');
    await expect(byHeader.commitSession(sent)).rejects.toMatchObject({ code: 'unsupported' });

    const { cookieSessions } = await import('../../src/index.js');
    const sealed = storage({
      store: cookieSessions(),
      secret: 'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi',
    });
    const large = await sealed.getSession();
    large.set('note', Array.from({ length: 4000 }, (_, index) => index % 10).join(''));
    await expect(sealed.commitSession(large)).rejects.toMatchObject({ code: 'too-large' });
  });

  test('a session of another storage is refused', async () => {
    const { commitSession } = storage();
    const { createSession } = await import('react-router');
    await expect(commitSession(createSession({}))).rejects.toMatchObject({
      code: 'invalid-option',
    });
  });

  test('without a connection: secure in production, else localhost', async () => {
    const { getSession, commitSession } = sessionStorage(
      createSessions<Shop>({ store: memoryStore(), cookie: { secure: 'auto' } }),
    );
    const namesIn = async (environment: string): Promise<string> => {
      const { NODE_ENV } = process.env;
      onTestFinished(() => void Object.assign(process.env, { NODE_ENV }));
      process.env.NODE_ENV = environment;
      const own = await getSession();
      own.set('note', 'a');
      return (await commitSession(own)).split('=')[0]!;
    };
    expect([await namesIn('production'), await namesIn('development')]).toEqual([
      '__Host-sid',
      'sid',
    ]);
  });

  test('with the middleware, loaders that use the storage share its session: one cookie', async () => {
    const sessions = createSessions<Shop>({ store: memoryStore() });
    const { getSession, commitSession } = sessionStorage(sessions);
    const loader = async ({ request }: { request: Request }) => {
      const own = await getSession(request.headers.get('cookie'));
      own.set('views', (own.get('views') ?? 0) + 1);
      return data(own.get('views'), { headers: { 'Set-Cookie': await commitSession(own) } });
    };
    const middleware = [sessionMiddleware(sessions, sessionContext)];
    const headers = ({ loaderHeaders }: { loaderHeaders: Headers }) => loaderHeaders;
    const handle = createRequestHandler(
      buildOf({ middleware, default: Page, loader }, { shop: { default: Page, loader, headers } }),
      'production',
    );
    const response = await handle(new Request('https://shop.test/shop'));
    expect(response.headers.getSetCookie().map((cookie) => cookie.split('=')[0])).toEqual([
      '__Host-sid',
    ]);
    expect(await sessions.count()).toBe(1);
  });
});
