import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { astroSession } from '../../src/adapters/astro.js';
import { toAstro } from '../../src/bridges/astro.js';
import { createSessions, isSessionError, type Session, session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import {
  type AdapterContext,
  adapterSuite,
  type SuiteData,
} from '../../src/testing/adapter-suite.js';
import { manualClock } from '../../src/testing/clock.js';
import { listen } from '../adapters/reply.js';
import { toResponse } from '../adapters/web-reply.js';
import { builtApp } from './app.js';

/** What `@astrojs/node` makes in its middleware mode. */
type Handler = (
  request: object,
  response: object,
  next: (error?: unknown) => void,
  locals: object,
) => Promise<void>;

let handler: Handler;
let folder: string;

const isOldNode = Number.parseInt(process.versions.node, 10) < 22;
const skipped = isOldNode ? ' (skipped: Astro 7 needs Node 22.12)' : '';

describe.skipIf(isOldNode)(`Astro 7${skipped}`, () => {
  beforeAll(async () => {
    const built = builtApp('astro', ['astro/bin/astro.mjs', 'build', '--silent']);
    folder = built.folder;
    ({ handler } = await import(pathToFileURL(join(folder, 'dist/server/entry.mjs')).href));
    return built.remove;
  });

  /** A server whose app has these `locals`, and the paths below `base` as its own. */
  function served(locals: object, base = '') {
    return listen(
      createServer((request, response) => {
        // Astro asks where a form comes from.
        request.url = `${base}${request.url}`;
        request.headers.origin ??= `http://${request.headers.host}`;
        const next = (error?: unknown) => response.writeHead(error ? 500 : 404).end();
        void handler(request, response, next, { ...locals });
      }),
    );
  }

  function suiteLocals({ sessions, handle }: AdapterContext): object {
    return {
      middleware: astroSession(sessions),
      async answer(asked: { method: string; path: string }, own: Session<SuiteData>) {
        const reply = await handle(asked, own);
        if (reply.isThrown) throw toResponse(reply);
        return toResponse(reply);
      },
    };
  }

  describe('@astrojs/node', () => {
    adapterSuite({
      test,
      // Astro's own error pages are at /404 and /500.
      start: (context) => served(suiteLocals(context), '/suite'),
      differences: {
        'stream/pressure': 'Astro writes to Node without a look at how fast the client takes it',
      },
    });
  });

  interface Shop {
    views: number;
    note: string;
  }

  async function shop() {
    const store = memoryStore();
    const sessions = createSessions<Shop>({ store });
    let begin = (): void => undefined;
    const { origin, stop } = await served({
      middleware: astroSession(sessions),
      begun: new Promise<void>((resolve) => {
        begin = resolve;
      }),
      isCurrent: (own: object) => [sessions.current() === own, session() === own],
    });
    onTestFinished(stop);
    const request = (path: string, init: RequestInit = {}) =>
      fetch(`${origin}${path}`, {
        redirect: 'manual',
        ...init,
      });
    return { request, sessions, store, begin };
  }

  const cookiesOf = (response: Response) =>
    response.headers.getSetCookie().map((cookie) => cookie.split('=')[0]);

  describe('in the habit of Astro', () => {
    test("a page that writes: stored, with its cookie beside Astro's", async () => {
      const { request, sessions } = await shop();
      const response = await request('/shop');
      expect(await response.text()).toContain('1 views');
      expect(cookiesOf(response).sort()).toEqual(['__Host-sid', 'theme']);
      expect(await sessions.count()).toBe(1);
    });

    test('an endpoint that logs in, and a page that redirects: stored, with the cookie', async () => {
      const { request, sessions } = await shop();
      const login = await request('/shop/login', { method: 'POST' });
      expect([login.status, login.headers.get('location')]).toEqual([303, '/shop']);
      expect([cookiesOf(login), (await sessions.ofUser('ada')).length]).toEqual([
        ['__Host-sid'],
        1,
      ]);
      const guarded = await request('/shop/guarded');
      expect([guarded.status, guarded.headers.get('location')]).toEqual([302, '/shop/login']);
      expect(cookiesOf(guarded)).toEqual(['__Host-sid']);
    });

    test('the error page of a page that throws shows its session, and is stored: one cookie', async () => {
      const { request, sessions } = await shop();
      const response = await request('/shop/crash');
      expect([response.status, await response.text()]).toEqual([
        500,
        expect.stringContaining('own page, 1 views'),
      ]);
      expect([cookiesOf(response), await sessions.count()]).toEqual([['__Host-sid'], 1]);
    });

    test('an error page in place of an answer without body: one session, one cookie', async () => {
      const { request, sessions } = await shop();
      const response = await request('/shop/missing');
      expect([response.status, await response.text()]).toEqual([
        404,
        expect.stringContaining('not found, 2 views'),
      ]);
      expect([cookiesOf(response), await sessions.count()]).toEqual([['__Host-sid'], 1]);
      expect((await sessions.list()).sessions.map(({ data }) => data)).toEqual([{ views: 2 }]);
    });

    test('a component writes too late, unless the page is held back', async () => {
      const { request, begin } = await shop();
      const streamed = await request('/shop/late');
      begin();
      expect(await streamed.text()).toContain('too-late');
      const held = await request('/shop/late?held');
      expect(await held.text()).toContain('written');
      expect(cookiesOf(held)).toEqual(['__Host-sid']);
    });

    test('Astro.rewrite, and requests to itself with the same cookies: one session, one cookie', async () => {
      const { request, sessions } = await shop();
      const response = await request('/shop/rewritten');
      expect(await response.text()).toContain('2 views');
      expect(cookiesOf(response).filter((name) => name !== 'theme')).toEqual(['__Host-sid']);
      expect(await sessions.count()).toBe(1);
    });

    test('session() and current() are in pages and endpoints', async () => {
      const { request } = await shop();
      expect(await (await request('/shop/current')).json()).toEqual([true, true]);
    });

    test('a page that is prerendered has no session', async () => {
      const page = readFileSync(join(folder, 'dist/client/shop/prerendered/index.html'), 'utf8');
      expect(page).toContain('no session');
    });

    test('the SessionError of a lost page is a 503 with nothing of the page', async () => {
      const { request, store } = await shop();
      store.create = () => Promise.reject(new Error('disk full'));
      for (const path of ['/shop/guarded', '/shop/crash']) {
        const response = await request(path);
        expect([path, response.status, await response.text()]).toEqual([
          path,
          503,
          'Service Unavailable\n',
        ]);
        expect([response.headers.get('location'), cookiesOf(response)]).toEqual([null, []]);
        expect(response.headers.get('cache-control')).toBe('no-store');
      }
    });
  });

  describe("Astro's own session, over a store of ours", () => {
    const clock = manualClock(Date.now());
    const store = memoryStore({ now: clock.now });
    Object.assign(globalThis, { astroDriver: toAstro(store, { now: clock.now }) });

    test('lives over requests, under the hash of its id, and ends', async () => {
      const { request } = await shop();
      const first = await request('/shop/own');
      const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!;
      const count = async () => (await request('/shop/own', { headers: { cookie } })).json();
      expect([await first.json(), await count(), await count()]).toEqual([1, 2, 3]);
      const { entries } = await store.list!({ limit: 10 });
      expect(entries.length).toBe(1);
      expect(cookie).not.toContain(entries[0]!.id);
      await request('/shop/own', { method: 'POST', headers: { cookie } });
      expect([await store.count!(), await count()]).toEqual([0, 1]);
    });
  });
});

test('where Astro knows no address the session has none', async () => {
  const sessions = createSessions({ store: memoryStore(), clientFacts: true });
  const locals: { session?: Session } = {};
  const context = {
    request: new Request('https://shop.test/'),
    locals,
    get clientAddress(): string {
      throw new Error('ClientAddressNotAvailable');
    },
  };
  await astroSession(sessions)(context, async () => {
    locals.session?.set('views', 1);
    return new Response();
  });
  const { sessions: all } = await sessions.list();
  expect(all.map(({ ipAddress }) => ipAddress)).toEqual([undefined]);
});

test('what createSessions did not make is refused where the middleware is made', () => {
  let caught: unknown;
  try {
    astroSession({} as never);
  } catch (error) {
    caught = error;
  }
  expect(isSessionError(caught, 'invalid-option')).toBe(true);
});
