import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { sveltekitSession } from '../../src/adapters/sveltekit.js';
import { createSessions, isSessionError, type Session, session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import {
  type AdapterContext,
  adapterSuite,
  type SuiteData,
} from '../../src/testing/adapter-suite.js';
import { calledDirectly, toResponse, WITHOUT_SERVER } from '../adapters/web-reply.js';
import { builtApp } from './app.js';

/** SvelteKit's own server. */
interface Server {
  init(options: { env: object }): Promise<void>;
  respond(
    request: Request,
    options: { platform: object; getClientAddress: () => string },
  ): Promise<Response>;
}

let server: Server;

const isOldNode = Number.parseInt(process.versions.node, 10) < 22;
const skipped = isOldNode ? ' (skipped: SvelteKit 3 needs Node 22.17)' : '';

describe.skipIf(isOldNode)(`SvelteKit 3${skipped}`, () => {
  beforeAll(async () => {
    const { folder, remove } = builtApp('sveltekit', ['vite/bin/vite.js', 'build']);
    ({ server } = await import(pathToFileURL(join(folder, 'build/instance.js')).href));
    await server.init({ env: {} });
    return remove;
  });

  /** As a browser sends it: SvelteKit asks where a form comes from. */
  async function respond(request: Request, platform: object): Promise<Response> {
    if (!request.headers.has('origin')) request.headers.set('origin', 'https://shop.test');
    return server.respond(request, { platform, getClientAddress: () => '192.0.2.1' });
  }

  function suiteApp({ sessions, handle }: AdapterContext): (request: Request) => Promise<Response> {
    const platform = {
      session: sveltekitSession(sessions),
      async answer(asked: { method: string; path: string }, own: Session<SuiteData>) {
        const reply = await handle(asked, own);
        if (reply.isThrown) throw toResponse(reply);
        return toResponse(reply);
      },
    };
    return (request) => respond(request, platform);
  }

  describe('server.respond', () => {
    adapterSuite({
      test,
      start: async (context) => calledDirectly(suiteApp(context)),
      differences: {
        ...WITHOUT_SERVER,
        'identity/login-thrown': 'SvelteKit takes no thrown answer but a redirect',
      },
    });
  });

  interface Shop {
    views: number;
    note: string;
  }

  function shop(options: Partial<Parameters<typeof createSessions>[0]> = {}) {
    const store = memoryStore();
    const sessions = createSessions<Shop>({ store, ...options });
    let begin = (): void => undefined;
    const platform = {
      session: sveltekitSession(sessions),
      begun: new Promise<void>((resolve) => {
        begin = resolve;
      }),
      isCurrent: (own: object) => [sessions.current() === own, session() === own],
    };
    const request = (path: string, init?: RequestInit) =>
      respond(new Request(`https://shop.test${path}`, init), platform);
    return { request, sessions, store, begin };
  }

  const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? '';

  describe('in the habit of SvelteKit', () => {
    test('a page and its layout have one session, which the browser asks for data with, too', async () => {
      const { request, sessions } = shop();
      const page = await request('/shop');
      expect(await page.text()).toContain('2 views');
      expect(page.headers.getSetCookie().length).toBe(1);
      const data = await request('/shop/__data.json', { headers: { cookie: cookieOf(page) } });
      expect(await data.text()).toContain('4');
      expect([await sessions.count(), data.headers.getSetCookie()]).toEqual([1, []]);
    });

    test('a form action that logs in and redirects: stored, with the cookie (S-12)', async () => {
      const { request, sessions } = shop();
      const response = await request('/shop/login?/login', {
        method: 'POST',
        headers: { accept: 'text/html' },
        body: new URLSearchParams({ name: 'ada' }),
      });
      expect([response.status, response.headers.get('location')]).toEqual([303, '/shop']);
      expect(response.headers.getSetCookie().length).toBe(1);
      expect((await sessions.ofUser('ada')).length).toBe(1);
    });

    test('use:enhance, and a form action that fails: stored, with the cookie', async () => {
      const { request, sessions } = shop();
      const response = await request('/shop/login?/login', {
        method: 'POST',
        headers: { 'x-sveltekit-action': 'true', accept: 'application/json' },
        body: new URLSearchParams({ name: 'ada' }),
      });
      expect([response.status, ((await response.json()) as { type: string }).type]).toEqual([
        200,
        'redirect',
      ]);
      expect(response.headers.getSetCookie().length).toBe(1);
      const refused = await request('/shop/login?/refuse', {
        method: 'POST',
        body: new URLSearchParams(),
      });
      expect([refused.status, refused.headers.getSetCookie().length]).toEqual([400, 1]);
      expect(await sessions.count()).toBe(2);
    });

    test('error pages are stored, and carry the cookie: error(), an Error', async () => {
      const { request } = shop();
      for (const [path, status] of [
        ['/shop/error', 418],
        ['/shop/crash', 500],
      ] as const) {
        const response = await request(path, { headers: { accept: 'text/html' } });
        await response.text();
        expect([path, response.status, response.headers.getSetCookie().length]).toEqual([
          path,
          status,
          1,
        ]);
      }
    });

    test('a hook behind that redirects is stored, with the cookie; one that fails is not', async () => {
      const { request, sessions } = shop();
      const response = await request('/shop/members');
      expect([response.status, response.headers.get('location')]).toEqual([303, '/shop/login']);
      expect(response.headers.getSetCookie().length).toBe(1);
      const cookie = cookieOf(response);
      const again = await request('/shop/members', { headers: { cookie } });
      expect(again.headers.getSetCookie()).toEqual([]);
      expect(response.headers.getSetCookie()[0]).toMatch(/^__Host-sid=[\w-]+; .*HttpOnly.*Secure/);
      const failed = await request('/shop/broken-hook');
      expect([failed.status, failed.headers.getSetCookie(), await sessions.count()]).toEqual([
        500,
        [],
        1,
      ]);
    });

    test('event.fetch, requests to itself: the same session, one cookie', async () => {
      const { request, sessions } = shop();
      const first = await request('/shop/outer');
      expect([await first.json(), first.headers.getSetCookie().length]).toEqual([[2, 0, 2], 1]);
      const cookie = cookieOf(first);
      const again = await request('/shop/outer', { headers: { cookie } });
      expect([await again.json(), again.headers.getSetCookie()]).toEqual([[4, 0, 4], []]);
      expect(await sessions.count()).toBe(1);
    });

    test('event.fetch twice at once, and after a login: one session, one cookie', async () => {
      const { request, sessions } = shop();
      for (const path of ['/shop/outer/parallel', '/shop/outer/login']) {
        const response = await request(path);
        expect([path, await response.json()]).toEqual([path, 2]);
        expect(response.headers.getSetCookie().length).toBe(1);
      }
      expect([await sessions.count(), (await sessions.ofUser('ada')).length]).toEqual([2, 1]);
    });

    test('a promise that is streamed writes too late', async () => {
      const { request, begin } = shop();
      const response = await request('/shop/late');
      begin();
      expect(await response.text()).toContain('too-late');
    });

    test('the SessionError of a lost page is a 503 with nothing of the page', async () => {
      const { request, store } = shop();
      store.create = () => Promise.reject(new Error('disk full'));
      for (const path of ['/shop', '/shop/__data.json', '/shop/members']) {
        const response = await request(path);
        expect([response.status, await response.text()]).toEqual([503, 'Service Unavailable\n']);
        expect([...response.headers.keys()]).toEqual(['cache-control', 'content-type']);
      }
    });

    test('session() and current() are in routes; the address is that of SvelteKit', async () => {
      const { request, sessions } = shop({ clientFacts: true });
      expect(await (await request('/shop/current')).json()).toEqual([true, true]);
      await request('/shop');
      expect((await sessions.list()).sessions.map(({ ipAddress }) => ipAddress)).toEqual([
        '192.0.2.1',
      ]);
    });
  });
});

test('where SvelteKit knows no address, as while it prerenders, the session has none', async () => {
  const sessions = createSessions({ store: memoryStore(), clientFacts: true });
  const locals: { session?: Session } = {};
  await sveltekitSession(sessions)({
    event: {
      request: new Request('https://shop.test/'),
      locals,
      cookies: { set: () => undefined },
      getClientAddress: () => {
        throw new Error('Cannot read clientAddress during prerendering');
      },
    },
    resolve: async () => {
      locals.session?.set('views', 1);
      return new Response();
    },
  });
  const { sessions: all } = await sessions.list();
  expect(all.map(({ ipAddress }) => ipAddress)).toEqual([undefined]);
});

test('what createSessions did not make is refused where the hook is made', () => {
  let caught: unknown;
  try {
    sveltekitSession({} as never);
  } catch (error) {
    caught = error;
  }
  expect(isSessionError(caught, 'invalid-option')).toBe(true);
});
