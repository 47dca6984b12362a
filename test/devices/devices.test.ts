import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import bowser from 'bowser';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { sessionHandler } from '../../src/adapters/fetch.js';
import { createDevicePage, type DevicePageOptions, devicesOf } from '../../src/devices/index.js';
import { createSessions, type Session, type Sessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { manualClock } from '../../src/testing/clock.js';

interface Data {
  readonly cart: string[];
}

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0';
const HOSTILE = `"><script>alert(1)</script>\u202e`;
const clock = manualClock();

function shop(): Sessions<Data> {
  const store = memoryStore({ now: clock.now });
  return createSessions<Data>({ store, now: clock.now, clientFacts: true });
}

async function device(
  sessions: Sessions<Data>,
  userId: string | undefined,
  userAgent = FIREFOX,
): Promise<Session<Data>> {
  const session = await sessions.open({ 'user-agent': userAgent }, { secure: true });
  session.set('cart', ['tea']);
  if (userId !== undefined) await session.login(userId);
  await sessions.commit(session);
  clock.advance('1m');
  return session;
}

it('lists this device and the others, the last used first', async () => {
  const sessions = shop();
  const first = await device(sessions, 'ada', HOSTILE);
  const own = await device(sessions, 'ada');
  const last = await device(sessions, 'ada');
  await device(sessions, 'bob');
  const { current, others } = await devicesOf(sessions, own, { bowser });
  expect(current).toMatchObject({
    handle: own.handle,
    isThis: true,
    name: 'Firefox on Linux',
    browser: 'Firefox',
    system: 'Linux',
  });
  expect(others.map(({ handle }) => handle)).toEqual([last.handle, first.handle]);
  expect(others[1]?.name).toBe(`"><script>alert(1)</script>\\u202e`);
});

it('ends one of them, all others, or this one', async () => {
  const sessions = shop();
  const one = await device(sessions, 'ada');
  const two = await device(sessions, 'ada');
  const own = await device(sessions, 'ada');
  const devices = await devicesOf(sessions, own);
  expect([await devices.end(one.handle), await devices.end(one.handle)]).toEqual([true, false]);
  expect(await sessions.read(one.id)).toBeUndefined();
  expect(await devices.endOthers()).toBe(1);
  expect(await sessions.read(two.id)).toBeUndefined();
  const again = await sessions.open({}, { secure: true });
  expect(await (await devicesOf(sessions, again)).endOthers()).toBe(0);
  expect(await devices.end(own.handle)).toBe(true);
  expect(await sessions.ofUser('ada')).toEqual([]);
});

it('ends no device of another user, by handle or by id', async () => {
  const sessions = shop();
  const other = await device(sessions, 'bob');
  const own = await device(sessions, 'ada');
  const guest = await device(sessions, undefined);
  for (const session of [own, guest]) {
    const devices = await devicesOf(sessions, session);
    expect([await devices.end(other.handle), await devices.end(other.id)]).toEqual([false, false]);
  }
  expect(await sessions.read(other.id)).toBeDefined();
});

/** The page under Express, and browsers of it. */
async function served(
  options: Partial<DevicePageOptions> = {},
): Promise<{ browser(user?: string, userAgent?: string): Promise<Client> }> {
  const sessions = createSessions<Data>({
    store: memoryStore(),
    clientFacts: true,
    cookie: { secure: false },
  });
  const basePath = '/account/devices';
  const app = express();
  app.use(sessionMiddleware(sessions));
  app.post('/login/:user', async (request, response) => {
    await sessions.of(request).login(request.params.user);
    response.send('in');
  });
  app.use(basePath, createDevicePage(sessions, { basePath, bowser, ...options }).listener);
  const server = createServer(app as unknown as RequestListener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    async browser(user, userAgent = FIREFOX) {
      const client = createClient({ origin });
      if (user !== undefined)
        await client.post(`/login/${user}`, { headers: { 'user-agent': userAgent } });
      return client;
    },
  };
}

const page = async (client: Client): Promise<string> =>
  (await client.get('/account/devices')).text();
const form = (fields: Record<string, string>): RequestInit => ({
  body: new URLSearchParams(fields),
});
const handles = (shown: string): string[] =>
  [...shown.matchAll(/name="handle" value="([^"]+)"/g)].map(([, handle]) => String(handle));

it('the page shows the devices, and logs them out', async () => {
  const { browser } = await served();
  const ada = await browser('ada');
  // A header has no characters beyond Latin-1.
  const other = await browser('ada', HOSTILE.slice(0, -1));
  await browser('ada');
  const shown = await page(ada);
  expect(shown).toContain('Firefox on Linux <b>This device</b>');
  expect(shown).not.toContain('<script>');
  const [own, ...others] = handles(shown);
  expect(others).toHaveLength(2);

  const ended = await ada.post(
    '/account/devices',
    form({ handle: handles(await page(other))[0]! }),
  );
  expect([ended.status, ended.headers.get('location')]).toEqual([303, '/account/devices']);
  expect((await other.get('/account/devices')).status).toBe(401);
  await ada.post('/account/devices', form({}));
  expect(await page(ada)).toContain('You are logged in on no other device.');
  const out = await ada.post('/account/devices', form({ handle: String(own) }));
  expect([out.status, out.headers.get('location')]).toEqual([303, '/']);
  expect((await ada.get('/account/devices')).status).toBe(401);
});

it.each([{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }])(
  'S-31 another site logs nobody out: %o',
  async (headers) => {
    const { browser } = await served();
    const ada = await browser('ada');
    await browser('ada');
    const refused = await ada.post('/account/devices', { ...form({}), headers: { ...headers } });
    expect(refused.status).toBe(403);
    expect(handles(await page(ada))).toHaveLength(2);
  },
);

it('its texts can be replaced, also request by request', async () => {
  const german = { language: 'de', title: 'Deine Geräte', on: 'auf', thisDevice: 'Dieses Gerät' };
  const { browser } = await served({
    texts: ({ headers }) => (headers.get('accept-language') === 'de' ? german : {}),
    styleSheet: '/own.css',
  });
  const ada = await browser('ada');
  expect(await page(ada)).toContain('<title>Your devices</title>');
  const headers = { 'accept-language': 'de' };
  const shown = await (await ada.get('/account/devices', { headers })).text();
  expect(shown).toContain('<html lang="de">');
  expect(shown).toContain('Firefox auf Linux <b>Dieses Gerät</b>');
  expect(shown).toContain('href="/own.css"');
});

it('works in a fetch handler', async () => {
  const sessions = createSessions<Data>({ store: memoryStore() });
  const devices = createDevicePage(sessions, { basePath: '/devices' });
  const handler = sessionHandler(sessions, async (request, session) => {
    if (new URL(request.url).pathname !== '/login') return devices.fetch(request, session);
    await session.login('ada');
    return new Response('in');
  });
  const client = createClient({
    origin: 'https://shop.example',
    fetch: (url, init) => handler(new Request(url, init)),
  });
  expect((await client.get('/devices')).status).toBe(401);
  await client.post('/login');
  const shown = await client.get('/devices');
  expect([shown.status, handles(await shown.text()).length]).toEqual([200, 1]);
  expect((await client.get('/devices/devices.css')).headers.get('content-type')).toMatch(
    /^text\/css/,
  );
  const requests = ['/devices/other', '/'].map((path) => client.get(path));
  expect((await Promise.all(requests)).map(({ status }) => status)).toEqual([404, 404]);
  expect((await client.request('/devices', { method: 'PUT' })).status).toBe(405);
});

it.each([
  [{ basePath: 'devices' }, /basePath is 'devices'/],
  [{ basePath: '/' }, /basePath/],
  [{ basePath: '/devices', text: {} }, /There is no option 'text'/],
])('refuses %o', (options, message) => {
  expect(() => createDevicePage(shop(), options as DevicePageOptions)).toThrow(message);
});
