import type { RequestListener } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sessionHandler } from '../../src/adapters/fetch.js';
import { sessionListener } from '../../src/adapters/node.js';
import {
  cookieSessions,
  createSessions,
  type Predecessor,
  type Session,
  type SessionOptions,
} from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { manualClock } from '../../src/testing/clock.js';
import { listen } from '../adapters/reply.js';

/** What the sessions of both systems hold. */
export interface Shop {
  user?: { id: string };
  cart?: string[];
  views?: number;
}

/** The session that the old system gives a new visitor. */
export const ADA: Required<Pick<Shop, 'user' | 'cart'>> = { user: { id: 'ada' }, cart: ['tea'] };

/** A system that visitors move away from. */
export interface OldSystem {
  readonly name: string;
  readonly cookieName: string;
  /**
   * Its server: `/login` puts {@link ADA} into the session, `/` answers with the session as JSON.
   * Its cookie is not `Secure`, and has no `Domain`.
   */
  serve(): Promise<RequestListener> | RequestListener;
  predecessor(): Predecessor;
  /** Whether it keeps sessions in a store, from which they are removed. */
  readonly hasStore?: boolean;
  /** Whether its cookie knows when it ends. */
  readonly expires?: boolean;
}

/** What every bridge has to do, against the package itself. */
export function movingSuite(system: OldSystem): void {
  const { name, cookieName } = system;
  const SECRET = 'q7Yx2LmPz0Vb5Ns9Rt4Wk8Hd3Jf6Gc1A';
  const places: readonly (readonly [string, () => Pick<SessionOptions, 'store' | 'secret'>])[] = [
    ['a store', () => ({ store: memoryStore({ warn: false }) })],
    [
      'sealed cookies',
      () => ({ secret: SECRET, store: cookieSessions({ revocations: memoryStore() }) }),
    ],
  ];

  /** A visitor who is signed in at the old server, and the new one. */
  async function setUp(place: Pick<SessionOptions, 'store' | 'secret'>, isWeb = false) {
    const clock = manualClock(Date.now());
    const sessions = createSessions<Shop>({
      ...place,
      now: clock.now,
      lifetime: '100d',
      inherit: [system.predecessor()],
    });
    const old = await started(await system.serve());
    const listener = sessionListener(sessions, async (request, response, session) => {
      response.end(JSON.stringify(await answer(new URL(request.url ?? '', old), session)));
    });
    const origin = await started(listener);
    const client = createClient({ origin: old });
    await client.get('/login');
    expect(await json(client.get('/'))).toMatchObject(ADA);
    const web = sessionHandler(sessions, async (request, session) =>
      Response.json(await answer(new URL(request.url), session)),
    );
    /** As the client, or as somebody else who sends this cookie. */
    async function get(path: string, cookie?: string): Promise<Response> {
      if (!isWeb)
        return client.get(origin + path, cookie === undefined ? {} : { headers: { cookie } });
      const headers = { cookie: cookie ?? cookieOf(client) };
      return web(new Request(new URL(path, origin), { headers }));
    }
    return { sessions, clock, client, old, origin, get };
  }

  function cookieOf(client: Client): string {
    const list = client.cookies.list();
    return list.map((cookie) => `${cookie.name}=${cookie.value}`).join('; ');
  }

  function namesOf(client: Client): string[] {
    return client.cookies.list().map((cookie) => cookie.name);
  }

  describe.each(places)(`from ${name} to %s`, (_, place) => {
    test('nobody is signed out, and the old cookie goes', async () => {
      const { client, get } = await setUp(place());
      expect(await json(get('/'))).toEqual({ userId: 'ada', ...ADA });
      expect(namesOf(client)).toEqual(['__Host-sid']);
      expect(await json(get('/add'))).toMatchObject({ cart: ['tea', 'milk'] });
      expect(await json(get('/'))).toEqual({
        userId: 'ada',
        user: ADA.user,
        cart: ['tea', 'milk'],
      });
    });

    test('the same through a web handler', async () => {
      const { get } = await setUp(place(), true);
      const response = await get('/');
      const [removed, ...others] = response.headers.getSetCookie();
      expect(removed).toMatch(new RegExp(`^${cookieName}=; .*Max-Age=0`));
      expect(others.at(-1)).toMatch(/^__Host-sid=/);
      expect(await response.json()).toEqual({ userId: 'ada', ...ADA });
    });

    test('V-01: after a logout the old cookie lets nobody in', async () => {
      const { client, get, clock, old } = await setUp(place());
      const thief = client.clone();
      await get('/');
      await get('/logout');
      expect(namesOf(client)).toEqual([]);
      const cookie = cookieOf(thief);
      for (const step of [1, 60_000, 3_600_000]) {
        clock.advance(step);
        expect(await json(get('/', cookie))).toEqual({});
      }
      if (system.hasStore === true)
        expect(await json(thief.get(`${old}/`))).not.toMatchObject({ user: ADA.user });
    });

    test('a cookie that was changed is nobody’s', async () => {
      const { client, get } = await setUp(place());
      const cookie = cookieOf(client);
      const value = cookie.indexOf('=') + 1;
      for (const at of [value, value + 8, Math.floor((value + cookie.length) / 2)]) {
        const other = cookie[at] === 'A' ? 'B' : 'A';
        const changed = cookie.slice(0, at) + other + cookie.slice(at + 1);
        expect(await json(get('/', changed))).toEqual({});
      }
      expect(await json(get('/', cookie))).toMatchObject({ userId: 'ada' });
    });
  });

  test(`V-02: from ${name}: 20 first requests at once are one session, and lose nothing`, async () => {
    const store = memoryStore({ warn: false });
    const { sessions, client, origin } = await setUp({ store });
    const browsers = Array.from({ length: 20 }, () => client.clone());
    await Promise.all(browsers.map((browser) => browser.get(`${origin}/view`)));
    expect(await store.count?.()).toBe(1);
    const [session] = await sessions.ofUser('ada');
    expect(session?.data).toMatchObject({ ...ADA, views: 20 });
    const winners = browsers.filter((browser) => browser.cookies.get('__Host-sid') !== undefined);
    expect(winners).toHaveLength(1);
  });

  test.runIf(system.expires)(`from ${name}: a cookie past its time is nobody’s`, async () => {
    const { get, clock } = await setUp({ store: memoryStore({ warn: false }) });
    clock.advance(30 * 86_400_000);
    expect(await json(get('/'))).toEqual({});
  });
}

async function answer(url: URL, session: Session<Shop>): Promise<object> {
  switch (url.pathname) {
    case '/add':
      session.push('cart', 'milk');
      break;
    case '/view':
      session.increment('views');
      break;
    case '/logout':
      await session.logout();
      break;
  }
  return { userId: session.userId, ...session.all() };
}

async function started(listener: RequestListener): Promise<string> {
  const { origin, stop } = await listen(listener);
  onTestFinished(stop);
  return origin;
}

async function json(response: Promise<Response> | Response): Promise<unknown> {
  return (await response).json();
}
