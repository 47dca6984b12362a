import { describe, expect, test } from 'vitest';
import type { SessionOptions } from '../../src/core/options.js';
import { headerTransport } from '../../src/http/header-transport.js';
import type { Connection } from '../../src/http/request.js';
import { createSessions, type Session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { sentToken, visits } from './visits.js';

interface Data {
  message: string;
  list: string[];
  views: number;
}

type Headers = Record<string, string>;

const NAVIGATION: Headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
const FETCHED: Headers = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };

/** A browser with a session that has a message, and the requests that it makes. */
async function flashed(options: Partial<SessionOptions> = {}, path?: string) {
  const sessions = createSessions<Data>({
    store: memoryStore(),
    transport: headerTransport('x-session'),
    ...options,
  });
  const first = await sessions.open({});
  first.flash('message', 'Saved', { path });
  const token = sentToken(await sessions.commit(first)) ?? '';

  const open = (headers: Headers = {}, connection?: Connection): Promise<Session<Data>> =>
    sessions.open({ 'x-session': token, ...headers }, connection);

  /** What one request reads of the message. */
  async function read(
    headers: Headers = {},
    connection: Connection = {},
    status?: number,
  ): Promise<string | undefined> {
    const session = await open(headers, connection);
    const message = session.get('message');
    await sessions.commit(session, { status });
    return message;
  }
  return { sessions, open, read };
}

describe("with flash: 'page', which is the default, a message ends with", () => {
  const pages: [string, Headers, Connection?][] = [
    ['a navigation', NAVIGATION],
    ['a form that navigates', NAVIGATION, { method: 'POST' }],
    ['a navigation of a frame', { ...NAVIGATION, 'sec-fetch-dest': 'iframe' }],
    ['a navigation that a service worker passed on', { ...NAVIGATION, 'sec-fetch-dest': 'empty' }],
    ['an old browser, or curl', {}],
    ['fetch of Node, which tells its mode alone', { 'sec-fetch-mode': 'cors' }],
    ['a visit of Turbo', { ...FETCHED, 'x-turbo-request-id': '1' }],
    ['a visit of Inertia', { ...FETCHED, 'x-inertia': 'true' }],
    ['a request of htmx', { ...FETCHED, 'hx-request': 'true' }],
    ['a request of Unpoly', { ...FETCHED, 'x-up-version': '3.11.0' }],
    ['an action of Next', { ...FETCHED, 'next-action': '7f' }],
    ['data of a page of SvelteKit', FETCHED, { url: 'https://shop.example/cart/__data.json?x=1' }],
    ['data of a page of React Router', FETCHED, { path: '/cart.data?_routes=root' }],
    ['a request that the adapter knows as a page', FETCHED, { isPage: true }],
  ];

  test.for(pages)('%s', async ([, headers, connection]) => {
    const browser = await flashed();
    expect(await browser.read(headers, connection)).toBe('Saved');
    expect(await browser.read(NAVIGATION)).toBeUndefined();
  });
});

describe("with flash: 'page', a message is read and stays for its page with", () => {
  const others: [string, Headers, Connection?][] = [
    ['a poll', FETCHED],
    ['a picture', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a script', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }],
    ['an event stream', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['a drawing in the page', { ...NAVIGATION, 'sec-fetch-dest': 'object' }],
    ['a prefetch', { ...NAVIGATION, 'sec-purpose': 'prefetch' }],
    ['a page that is rendered ahead', { ...NAVIGATION, 'sec-purpose': 'prefetch;prerender' }],
    ['a prefetch of Safari', { ...NAVIGATION, purpose: 'prefetch' }],
    ['a prefetch of Turbo', { ...FETCHED, 'x-turbo-request-id': '1', 'x-sec-purpose': 'prefetch' }],
    [
      'a prefetch that the adapter knows as a page',
      { 'sec-purpose': 'prefetch' },
      { isPage: true },
    ],
    ['HEAD', NAVIGATION, { method: 'HEAD' }],
    ['a request that the adapter knows as none', NAVIGATION, { isPage: false }],
  ];

  test.for(others)('%s', async ([, headers, connection]) => {
    const browser = await flashed();
    expect(await browser.read(headers, connection)).toBe('Saved');
    expect(await browser.read(NAVIGATION)).toBe('Saved');
    expect(await browser.read(NAVIGATION)).toBeUndefined();
  });

  test.for([204, 205, 301, 302, 303, 304, 307, 401, 404, 422, 500, 503])(
    'a response of status %i',
    async (status) => {
      const browser = await flashed();
      expect(await browser.read(NAVIGATION, {}, status)).toBe('Saved');
      expect(await browser.read(NAVIGATION, {}, 200)).toBe('Saved');
      expect(await browser.read(NAVIGATION, {}, 200)).toBeUndefined();
    },
  );

  test('a save in front of a redirect', async () => {
    const browser = await flashed();
    const page = await browser.open(NAVIGATION);
    expect(page.get('message')).toBe('Saved');
    await page.set('views', 1).save();
    await browser.sessions.commit(page, { status: 303 });
    expect(await browser.read()).toBe('Saved');
    expect(await browser.read()).toBeUndefined();
  });

  test('a login in front of a redirect, also when it keeps only the message', async () => {
    for (const keep of [true, ['message' as const]]) {
      const { visit, found, sessions, open } = visits<Data>();
      const token = await visit('', (session) => session.flash('message', 'Saved'));
      const session = await open(token);
      expect(session.get('message')).toBe('Saved');
      await session.login('ada', { keep });
      const moved = sentToken(await sessions.commit(session, { status: 303 })) ?? '';
      expect(await found(moved)).toEqual({ message: 'Saved' });
      await visit(moved, (page) => expect(page.get('message')).toBe('Saved'));
      expect(await found(moved)).toEqual({});
    }
  });

  test('an answer that needs no wait', async () => {
    const browser = await flashed();
    const hop = await browser.open(NAVIGATION);
    hop.get('message');
    expect(browser.sessions.answerNow(hop, { status: 302 })).toBeDefined();
    const page = await browser.open(NAVIGATION);
    page.get('message');
    expect(browser.sessions.answerNow(page, { status: 200 })).toBeUndefined();
  });
});

describe('whatever the request is, a message ends by', () => {
  test('pull, which removes what it gives', async () => {
    const browser = await flashed();
    const poll = await browser.open(FETCHED);
    expect(poll.pull('message')).toBe('Saved');
    await browser.sessions.commit(poll);
    expect(await browser.read(NAVIGATION)).toBeUndefined();
  });

  test('take', async () => {
    const browser = await flashed();
    const poll = await browser.open(FETCHED);
    expect(await poll.take('message')).toBe('Saved');
    expect(await browser.read(NAVIGATION)).toBeUndefined();
  });
});

describe.each(['page', 'read', 'next'] as const)(
  "with flash: '%s', of two pages at once",
  (flash) => {
    test('one takes the message, and the other gets nothing', async () => {
      const { visit, open, commit, found, other } = visits<Data>({ flash });
      const token = await visit('', (session) => session.set('views', 1).flash('message', 'Saved'));
      const [one, two] = [await open(token), await open(token, other)];
      const taken = await Promise.all([one.take('message'), two.take('message')]);
      expect(taken.sort()).toEqual(['Saved', undefined]);
      await commit(one);
      await other.commit(two);
      expect(await found(token)).toEqual({ views: 1 });
    });

    test('one takes the message after it read it', async () => {
      const { visit, open, other } = visits<Data>({ flash });
      const token = await visit('', (session) => session.set('views', 1).flash('message', 'Saved'));
      const [one, two] = [await open(token), await open(token, other)];
      expect([one.get('message'), two.get('message')]).toEqual(['Saved', 'Saved']);
      expect(await one.take('message')).toBe('Saved');
      expect(await two.take('message')).toBeUndefined();
    });

    test('a change makes the message a value that stays, with the changes of both', async () => {
      const { visit, open, commit, found, other } = visits<Data>({ flash });
      const token = await visit('', (session) => session.set('views', 1).flash('list', ['a']));
      const [one, two] = [await open(token), await open(token, other)];
      if (flash !== 'next') expect(one.get('list')).toEqual(['a']);
      await other.commit(two.push('list', 'b'));
      await commit(one.push('list', 'c'));
      for (let request = 0; request < 2; request++) await visit(token, (page) => page.get('list'));
      expect(await found(token)).toEqual({ views: 1, list: ['a', 'b', 'c'] });
    });
  },
);

describe("with flash: 'page', of requests at once", () => {
  test('a page shows the message that another page ended meanwhile', async () => {
    const { visit, open, commit, found, other } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1).flash('message', 'Saved'));
    const [slow, fast] = [await open(token), await open(token, other)];
    expect(slow.get('message')).toBe('Saved');
    fast.get('message');
    await other.commit(fast);
    await slow.increment('views');
    await slow.save();
    expect(slow.get('message')).toBe('Saved');
    await commit(slow);
    expect(await found(token)).toEqual({ views: 2 });
  });

  test('a page does not end a newer message under the same key', async () => {
    const { visit, open, commit, found, other } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1).flash('message', 'old'));
    const [slow, fast] = [await open(token), await open(token, other)];
    expect(slow.get('message')).toBe('old');
    await other.commit(fast.flash('message', 'new'));
    await commit(slow.set('views', 2));
    expect(await found(token)).toEqual({ views: 2, message: 'new' });
  });

  test('what the handler does to the message that it read is not stored', async () => {
    const { visit, open, sessions, found } = visits<Data>();
    const token = await visit('', (session) => session.flash('list', ['a']));
    const hop = await open(token);
    hop.get('list')?.push('b');
    await sessions.commit(hop, { status: 302 });
    expect(hop.outcome).toBe('unchanged');
    expect(await found(token)).toEqual({ list: ['a'] });
  });
});

describe('flash for a path', () => {
  const at = (path: string): Connection => ({ url: `https://shop.example${path}` });

  test('is there for that page, and no other page sees it or ends it', async () => {
    const browser = await flashed({}, '/cart');
    for (const path of ['/', '/cart/1', '/carts'])
      expect(await browser.read(NAVIGATION, at(path))).toBeUndefined();
    expect(await browser.read(NAVIGATION, at('/cart?from=mail'))).toBe('Saved');
    expect(await browser.read(NAVIGATION, at('/cart'))).toBeUndefined();
  });

  test('a page may itself have a path that ends like that of data', async () => {
    const browser = await flashed({}, '/x.data');
    expect(await browser.read(NAVIGATION, at('/x'))).toBeUndefined();
    expect(await browser.read(NAVIGATION, at('/x.data'))).toBe('Saved');
  });

  test('a poll, and data of the page, are of the same path', async () => {
    const browser = await flashed({}, '/cart');
    expect(await browser.read(FETCHED, at('/cart'))).toBe('Saved');
    expect(await browser.read(FETCHED, at('/cart/__data.json'))).toBe('Saved');
    expect(await browser.read(NAVIGATION, at('/cart'))).toBeUndefined();
  });

  test.for(['page', 'read', 'next'] as const)("flash: '%s' knows it too", async (flash) => {
    const browser = await flashed({ flash }, '/cart');
    expect(await browser.read({}, at('/'))).toBeUndefined();
    expect(await browser.read({}, at('/cart'))).toBe('Saved');
    expect(await browser.read({}, at('/cart'))).toBeUndefined();
  });

  test('a request of which no path is known sees it', async () => {
    const browser = await flashed({}, '/cart');
    expect(await browser.read()).toBe('Saved');
    expect(await browser.read()).toBeUndefined();
  });

  test('the page may be given as the redirect has it', async () => {
    const browser = await flashed({}, '/straße und mehr?sort=up#end');
    expect(await browser.read(NAVIGATION, at('/straße und mehr?sort=down'))).toBe('Saved');
  });

  test('the request that flashes it sees it, and no verb of another page does', async () => {
    const { sessions, open } = await flashed({}, '/cart');
    const here = await open(NAVIGATION, at('/'));
    expect(here.flash('list', ['a'], { path: '/cart' }).get('list')).toEqual(['a']);
    await here.save();
    expect(here.get('list')).toEqual(['a']);
    expect([here.has('message'), here.exists('message')]).toEqual([false, false]);
    expect(Object.keys(here.all())).toEqual(['list']);
    expect(await here.take('message')).toBeUndefined();
    here.reflash();
    await sessions.commit(here);
    const cart = await open(NAVIGATION, at('/cart'));
    expect({ ...cart.all() }).toEqual({ message: 'Saved', list: ['a'] });
  });

  test('another page that writes the key takes its place', async () => {
    const { sessions, open } = await flashed({}, '/cart');
    const page = await open(NAVIGATION, at('/'));
    page.push(['message'] as never, 'x' as never);
    expect(page.get('message')).toEqual(['x']);
    await sessions.commit(page);
    for (const path of ['/', '/cart'])
      expect((await open(NAVIGATION, at(path))).get('message')).toEqual(['x']);
  });

  test('another page that meets a conflict leaves it', async () => {
    const { sessions, open, read } = await flashed({}, '/cart');
    const [slow, fast] = [await open(NAVIGATION, at('/')), await open(NAVIGATION, at('/'))];
    fast.increment('views');
    await sessions.commit(fast.flash('list', ['b'], { path: '/b' }));
    slow.increment('views');
    await slow.save();
    expect({ ...slow.all() }).toEqual({ views: 2 });
    await sessions.commit(slow);
    expect(await read(NAVIGATION, at('/cart'))).toBe('Saved');
    expect((await open(NAVIGATION, at('/b'))).get('list')).toEqual(['b']);
  });

  test('a login that keeps a message keeps its path too', async () => {
    const { sessions, open } = await flashed({}, '/cart');
    const session = await open({}, at('/login'));
    session.flash('list', ['a'], { path: '/cart' }).flash('views', 1);
    await session.login('ada', { keep: ['message', 'list', 'views'] });
    const token = sentToken(await sessions.commit(session)) ?? '';
    const visit = async (path: string) =>
      (await sessions.open({ 'x-session': token }, at(path))).all();
    expect(await visit('/')).toEqual({ views: 1 });
    expect(await visit('/cart')).toEqual({ message: 'Saved', list: ['a'], views: 1 });
  });

  test.for(['cart', '', 7, null, 'https://shop.example/cart'])('%j is no path', async (path) => {
    const { open } = await flashed();
    const session = await open();
    expect(() => session.flash('message', 'x', { path: path as string })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });
});
