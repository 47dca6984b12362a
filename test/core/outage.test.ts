import { expect, test } from 'vitest';
import { sessionHandler } from '../../src/adapters/fetch.js';
import { createSessions, type OutageRule, type SessionOptions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { tieredStore } from '../../src/stores/tiered.js';
import { createClient, manualClock } from '../../src/testing/index.js';

interface Data {
  views: number;
}

/** A shop over a tiered store whose far side can go down. */
function shop(onStoreError: SessionOptions['onStoreError']) {
  const clock = manualClock();
  const { now } = clock;
  const far = memoryStore({ now, warn: false });
  const near = memoryStore({ now, warn: false });
  const store = tieredStore({ near, far, staleness: '1s', keepCopies: '10m', now });
  const sessions = createSessions<Data>({ store, onStoreError, now });
  const served: string[] = [];
  sessions.on('outage', (event) => served.push(event.served));
  const handler = sessionHandler(sessions, async ({ method, url }, session) => {
    if (url.endsWith('/logout')) await session.logout();
    else if (method === 'POST') session.increment('views');
    const { outage, isReadOnly } = session;
    return Response.json({ views: session.get('views', 0), outage, isReadOnly });
  });
  const browser = createClient({
    origin: 'https://shop.example',
    fetch: (url, init) => handler(new Request(url, init)),
  });
  const original = { ...far };
  return {
    clock,
    browser,
    served,
    goDown() {
      const fail = () => Promise.reject(new Error('connection lost'));
      Object.assign(far, { read: fail, create: fail, update: fail, touch: fail });
    },
    comeBack: () => Object.assign(far, original),
  };
}

const RULES: readonly OutageRule[] = [
  { methods: ['get'], paths: ['/', '/products/*'], policy: 'anonymous' },
  { methods: ['GET'], policy: { staleFor: '5m' } },
];

test('V-24 the first rule that fits a request decides, and without one the request fails', async () => {
  const { browser, goDown, served, clock } = shop(RULES);
  await browser.post('/visit');
  clock.advance('2s');
  await browser.get('/account');
  goDown();
  clock.advance('2s');

  const replies = [];
  for (const path of ['/', '/?a=1', '/products/7', '/account', '/products'])
    replies.push(await (await browser.get(path)).json());
  const anonymous = { views: 0, outage: 'anonymous', isReadOnly: true };
  const stale = { views: 1, outage: 'stale', isReadOnly: true };
  expect(replies).toEqual([anonymous, anonymous, anonymous, stale, stale]);
  expect(served).toEqual(['anonymous', 'anonymous', 'anonymous', 'stale', 'stale']);
  expect((await browser.post('/visit')).status).toBe(503);
});

test('a copy is served up to its age, sends no cookie, and goes when the session is written', async () => {
  const { browser, goDown, comeBack, clock } = shop({ staleFor: '5m' });
  await browser.post('/visit');
  await browser.get('/');
  goDown();
  clock.advance('4m');
  const reply = await browser.get('/');
  expect(await reply.json()).toMatchObject({ outage: 'stale' });
  expect(reply.headers.getSetCookie()).toEqual([]);
  clock.advance('2m');
  expect((await browser.get('/')).status).toBe(503);

  comeBack();
  expect(await (await browser.post('/visit')).json()).toEqual({ views: 2, isReadOnly: false });
  const copied = browser.clone();
  expect(await (await copied.get('/')).json()).toMatchObject({ views: 2 });
  await browser.post('/logout');
  goDown();
  expect((await copied.get('/')).status).toBe(503);
});

test('otherwise decides when there is no copy, or an ambiguous one', async () => {
  const { browser, goDown, served } = shop({ staleFor: '5m', otherwise: 'anonymous' });
  await browser.post('/visit');
  goDown();
  expect(await (await browser.get('/')).json()).toMatchObject({ outage: 'anonymous' });
  expect(served).toEqual(['anonymous']);
});

test.each<[unknown, string]>([
  ['ignore', "onStoreError is 'ignore'"],
  [{ staleFor: 'soon' }, 'onStoreError.staleFor is "soon"'],
  [{ staleFor: '1m', otherwise: 'stale' }, "onStoreError.otherwise is 'stale'"],
  [[{ policy: 'never' }], "onStoreError[0].policy is 'never'"],
  [[{ paths: '/', policy: 'fail' }], "onStoreError[0].paths is '/'. Give a list of texts."],
  [[{ path: ['/'], policy: 'fail' }], 'path'],
])('a wrong policy is refused at start: %j', (onStoreError, message) => {
  expect(() => shop(onStoreError as SessionOptions['onStoreError'])).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(message) }),
  );
});

test('staleFor is refused for a store that keeps no copies', () => {
  const far = memoryStore({ warn: false });
  const near = memoryStore({ warn: false });
  for (const store of [far, tieredStore({ near, far })]) {
    expect(() => createSessions({ store, onStoreError: { staleFor: '5m' } })).toThrow(
      /^staleFor of onStoreError needs a store that keeps copies/,
    );
  }
});
