import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createSessions, type SessionOptions, type Sessions } from '../../src/index.js';
import { observedStore } from '../../src/testing/adapter-cases/observed-store.js';
import {
  type AdapterContext,
  type AdapterUnderTest,
  adapterSuite,
} from '../../src/testing/adapter-suite.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { manualClock } from '../../src/testing/clock.js';
import { sendReply } from '../adapters/reply.js';
import { toResponse } from '../adapters/web-reply.js';
import { nextApp } from './next/app.js';

/** Milliseconds. The other tests run while Next builds. */
const PATIENCE = 600_000;

let app: Awaited<ReturnType<typeof nextApp>>;

beforeAll(async () => {
  app = await nextApp();
}, PATIENCE);

afterAll(() => app?.close());

/** A server whose requests come to Next with this in front of their path. */
function startBehind(prefix: string) {
  return ({ sessions, handle }: AdapterContext): Promise<AdapterUnderTest> =>
    app.serve(prefix, { sessions, handle, toResponse, sendReply });
}

const DIFFERENCES = {
  'write/throw': 'Next answers an error without cookies',
  'write/shared-error': 'as write/throw',
  'connection/address': 'Next tells nothing of the connection',
};

describe('route handlers', () => {
  adapterSuite({ test, start: startBehind('/suite'), differences: DIFFERENCES });
});

describe('proxy.ts', () => {
  adapterSuite({
    test,
    start: startBehind('/front'),
    differences: {
      ...DIFFERENCES,
      'write/held-redirect': 'the proxy of Next writes the address of a redirect into its body',
      'headers/others': 'the proxy of Next leaves out a header without a value',
    },
  });
});

describe('API routes', () => {
  adapterSuite({ test, start: startBehind('/api/suite') });
});

interface Shop {
  views: number;
}

/** The app with sessions of its own, and a browser of it. */
async function shop(options: Partial<SessionOptions> = {}) {
  const clock = manualClock(Date.now());
  const store = observedStore(clock.now);
  const sessions = createSessions<Shop>({ store, now: clock.now, ...options });
  const server = await app.serve('', { sessions });
  onTestFinished(server.stop);
  return { clock, store, sessions, client: createClient({ ...server, now: clock.now }) };
}

/** The id of the session that a browser has. */
async function idOf(client: Client, sessions: Sessions<Shop>): Promise<string> {
  const cookie = client.cookies.header(new URL(client.origin));
  return (await sessions.open({ cookie }, {}, { readOnly: true })).id;
}

/** Sends the form of a page, as a browser without JavaScript does. */
async function submit(client: Client, action: string, path = '/counter'): Promise<Response> {
  const body = new FormData();
  body.append((await actionOf(client, action)).name, '');
  return client.post(path, { body, headers: { origin: client.origin } });
}

/** Calls an action, as React does. */
async function call(client: Client, action: string): Promise<Response> {
  const headers = { origin: client.origin, 'next-action': (await actionOf(client, action)).id };
  return client.post('/counter', { body: '[]', headers });
}

async function actionOf(client: Client, action: string): Promise<{ name: string; id: string }> {
  const page = await textOf(client, '/counter');
  const form = new RegExp(`name="(\\$ACTION_ID_(\\w+))"/><button type="submit">${action}<`);
  const [, name = '', id = ''] = form.exec(page) ?? [];
  return { name, id };
}

async function textOf(client: Client, path: string): Promise<string> {
  return (await client.get(path)).text();
}

describe('in the habit of Next: pages and actions', () => {
  test('a page reads the session, and every part of it the same; a change says what to do', async () => {
    const { client, store } = await shop();
    await submit(client, 'count');
    store.calls.length = 0;
    const page = await client.get('/counter');
    const text = await page.text();
    expect(text).toContain('user=nobody views=1');
    expect(text).toContain('same=true change=read-only: The session was opened for reading.');
    expect(text).toContain('server action or a route handler that withSession wraps');
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(page.headers.get('cache-control')).toContain('private');
    expect(store.calls).toEqual(['read']);
  });

  test('an action stores, and the page of the same answer shows it', async () => {
    const { client, store } = await shop();
    const first = await submit(client, 'count');
    expect(await first.text()).toContain('user=nobody views=1');
    expect(first.headers.getSetCookie().length).toBe(1);
    const second = await submit(client, 'count');
    expect(await second.text()).toContain('user=nobody views=2');
    expect(second.headers.getSetCookie()).toEqual([]);
    expect(await store.count()).toBe(1);
  });

  test('login, and logout, before redirect(): the cookie leaves with it', async () => {
    const { client } = await shop();
    await submit(client, 'count');
    const before = client.clone();
    const login = await submit(client, 'login');
    expect([login.status, login.headers.get('location')]).toEqual([303, '/counter']);
    expect(login.headers.getSetCookie().length).toBe(1);
    expect(await textOf(client, '/counter')).toContain('user=ada views=1');
    expect(await textOf(before, '/counter')).toContain('user=nobody views=0');
    const again = client.clone();
    const logout = await submit(client, 'logout');
    expect([logout.status, client.cookies.list().length]).toEqual([303, 0]);
    expect(await textOf(again, '/counter')).toContain('user=nobody views=0');
  });

  test('an action that React calls sets the cookie, also with redirect()', async () => {
    const { client } = await shop();
    const counted = await call(client, 'count');
    expect([counted.status, counted.headers.getSetCookie().length]).toEqual([200, 1]);
    const login = await call(client, 'login');
    expect(login.headers.get('x-action-redirect')).toContain('/counter');
    expect(login.headers.getSetCookie().length).toBe(1);
    expect(await textOf(client, '/counter')).toContain('user=ada views=1');
  });

  test.each([
    ['leave', 404],
    ['fail', 500],
  ])(
    '%s: what an action changed is stored with status %s, for a new visitor too',
    async (action, status) => {
      const { client } = await shop();
      const response = await submit(client, action);
      expect([response.status, response.headers.getSetCookie().length]).toEqual([status, 1]);
      expect(await textOf(client, '/counter')).toContain('views=1');
    },
  );

  test('V-02: eight actions of one browser at once lose no change', async () => {
    const { client } = await shop();
    await submit(client, 'count');
    await Promise.all(Array.from({ length: 8 }, () => submit(client, 'count')));
    expect(await textOf(client, '/counter')).toContain('views=9');
  });

  test.each(['nested', 'several'])(
    '%s: wrapped actions in one request have one session and one cookie',
    async (action) => {
      const { client, store } = await shop();
      const response = await submit(client, action);
      expect(await response.text()).toContain('views=3');
      expect(client.cookies.list().map(({ name }) => name)).toContain('__Host-sid');
      expect(client.cookies.get('seen')).toBe(action === 'several' ? '3' : undefined);
      expect(await store.count()).toBe(1);
    },
  );

  test('an action that is not wrapped cannot change the session', async () => {
    const { client, store } = await shop();
    const response = await submit(client, 'unwrapped');
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []]);
    expect(store.calls).toEqual([]);
  });

  test('F-29: a session that cannot be stored fails its action: the error page has no cookie', async () => {
    const { client, store } = await shop();
    store.fail('create');
    const response = await submit(client, 'count');
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []]);
    const called = await call(client, 'login');
    expect([called.status, called.headers.getSetCookie()]).toEqual([500, []]);
    expect(called.headers.get('x-action-redirect')).toBe(null);
    store.heal();
    expect(await textOf(client, '/counter')).toContain('user=nobody views=0');
  });

  test('V-24: a page whose session cannot be read is the error page of Next', async () => {
    const { client, store } = await shop();
    await submit(client, 'count');
    store.fail('read');
    const response = await client.get('/counter');
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []]);
  });
});

describe('in the habit of Next: route handlers', () => {
  test.each([
    ['redirect', 307],
    ['missing', 404],
    ['forbidden', 403],
  ])('%s: the session is stored, and the cookie leaves', async (where, status) => {
    const { client } = await shop();
    const response = await client.get(`/go/${where}`);
    expect([response.status, response.headers.getSetCookie().length]).toEqual([status, 1]);
    expect(await textOf(client, '/counter')).toContain('views=1');
  });

  test('error: the session is stored; Next answers without a new cookie', async () => {
    const { client } = await shop();
    await client.get('/go/missing');
    const response = await client.get('/go/error');
    expect(response.status).toBe(500);
    expect(await textOf(client, '/counter')).toContain('views=2');
  });

  test('requests to itself with the same cookies lose no change', async () => {
    const { client, store } = await shop();
    await client.get('/go/missing');
    expect((await client.get('/go/itself')).status).toBe(200);
    expect(await textOf(client, '/counter')).toContain('views=3');
    expect(await store.count()).toBe(1);
  });

  test('S-30: what Next caches for everybody gets no session', async () => {
    const { client } = await shop();
    const response = await client.get('/go/cached');
    expect(response.status).toBe(500);
  });
});

describe('in the habit of Next: proxy.ts', () => {
  test.each(['/proxied/count', '/proxied/agent'])(
    '%s: the page of the request that begins a session has the session, and so have cookies()',
    async (path) => {
      const { client, sessions } = await shop();
      const page = await client.get(path);
      const text = await page.text();
      expect(text).toContain(`id=${await idOf(client, sessions)} views=1 cookies=__Host-sid`);
      expect(text).toContain(path.endsWith('agent') ? 'agent=known' : 'agent=null');
      expect(page.headers.getSetCookie().length).toBe(1);
      expect(page.headers.get('cache-control')).toContain('no-store');
    },
  );

  test('a page of the Pages router has it too', async () => {
    const { client, store } = await shop();
    expect(await textOf(client, '/proxied/old')).toContain('views=2');
    expect(await store.count()).toBe(1);
  });

  test('S-15: it moves the deadline of visitors who only read, and renews their token', async () => {
    const { client, clock, sessions } = await shop({ rotateAfter: '10m' });
    await submit(client, 'count');
    const before = client.clone();
    clock.advance(11 * 60_000);
    const page = await client.get('/proxied');
    const text = await page.text();
    expect(page.headers.getSetCookie().length).toBe(1);
    expect(text).toContain(`id=${await idOf(client, sessions)} views=1`);
    expect(client.cookies.list()).not.toEqual(before.cookies.list());
    expect((await client.get('/proxied')).headers.getSetCookie()).toEqual([]);
  });

  test('a visitor without a session gets none', async () => {
    const { client, store } = await shop();
    const page = await client.get('/proxied');
    expect([page.status, page.headers.getSetCookie()]).toEqual([200, []]);
    expect(store.calls).toEqual([]);
  });

  test('an action behind it goes on with its session: the last cookie is the one of the action', async () => {
    const { client } = await shop();
    const login = await submit(client, 'login', '/proxied/counter');
    expect(login.status).toBe(303);
    expect(await textOf(client, '/counter')).toContain('user=ada views=1');
  });

  test('its own answers carry the cookie', async () => {
    const { client } = await shop();
    const login = await client.get('/proxied/login');
    expect([login.status, login.headers.getSetCookie().length]).toEqual([307, 1]);
    expect(await textOf(client, '/counter')).toContain('user=ada');
  });

  test('an error of its handler is Next’s; what it changed is stored', async () => {
    const { client } = await shop();
    await submit(client, 'count');
    expect((await client.get('/proxied/error')).status).toBe(500);
    expect(await textOf(client, '/counter')).toContain('views=2');
  });

  test('V-24: when the session cannot be stored or read, no page is made: 503', async () => {
    const { client, store } = await shop();
    store.fail('create');
    const response = await client.get('/proxied/count');
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
    expect(await response.text()).not.toContain('views');
  });
});

describe('in the habit of Next: getServerSideProps', () => {
  test('openSession of sojourn/node gives the session', async () => {
    const { client } = await shop();
    const first = await client.get('/old');
    expect(await first.text()).toContain('views=1');
    expect(first.headers.getSetCookie().length).toBe(1);
    expect(await textOf(client, '/old')).toContain('views=2');
  });

  test('F-29: a session that cannot be stored is status 503 instead of the page', async () => {
    const { client, store } = await shop();
    store.fail('create');
    const response = await client.get('/old');
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
    expect(await response.text()).toBe('Please try again.');
  });
});

test('every store entry is bundled, and that of SQLite finds its client', async () => {
  const { client } = await shop();
  const response = await client.get('/stores');
  expect(await response.json()).toEqual({ entries: 14, isFound: true });
});
