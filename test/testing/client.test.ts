import { CookieJar as ToughJar } from 'tough-cookie';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/testing/client.js';
import { manualClock } from '../../src/testing/clock.js';
import { cookieJar } from '../../src/testing/cookie-jar.js';
import { listen } from '../adapters/reply.js';

const SHOP = new URL('https://shop.example.com/cart/items');
const PLAIN = new URL('http://shop.example.com/cart/items');
const LOCAL = new URL('http://localhost:8080/');

describe('what a browser drops', () => {
  test.each([
    ['Secure without TLS', 'a=1; Secure', PLAIN],
    ['__Host- without Secure', '__Host-a=1; Path=/', SHOP],
    ['__Host- without Path', '__Host-a=1; Secure', SHOP],
    ['__Host- below a path', '__Host-a=1; Secure; Path=/cart', SHOP],
    ['__Host- with Domain', '__Host-a=1; Secure; Path=/; Domain=shop.example.com', SHOP],
    ['__host- in small letters', '__host-a=1; Path=/', SHOP],
    ['__Secure- without Secure', '__Secure-a=1', SHOP],
    ['SameSite=None without Secure', 'a=1; SameSite=None', SHOP],
    ['the domain of another host', 'a=1; Domain=example.org', SHOP],
    ['the domain of a host below', 'a=1; Domain=www.shop.example.com', SHOP],
    ['a control character', 'a=1\u0007', SHOP],
    ['nothing', '', SHOP],
    ['more than 4096 octets', `a=${'x'.repeat(4096)}`, SHOP],
  ])('%s', (_rule, setCookie, url) => {
    const jar = cookieJar();
    expect(jar.receive(setCookie, url)).toBe(false);
    expect(jar.list()).toEqual([]);
  });
});

test('S-20: the default session cookie is kept by a loopback host without TLS, and sent back to it', () => {
  for (const url of [SHOP, LOCAL, new URL('http://127.0.0.1:1/'), new URL('http://[::1]/')]) {
    const jar = cookieJar();
    expect(jar.receive('__Host-sid=token; Path=/; Secure; HttpOnly; SameSite=Lax', url)).toBe(true);
    expect(jar.header(url)).toBe('__Host-sid=token');
    expect(jar.list()[0]).toMatchObject({
      hostOnly: true,
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
      expiresAt: undefined,
    });
  }
});

test('a cookie goes to its host, path and domain alone; the longest path first', () => {
  const jar = cookieJar();
  for (const setCookie of [
    'own=1; Path=/',
    'all=2; Domain=example.com; Path=/',
    'deep=3',
    'x=4; Path=/cart/items/9',
  ])
    jar.receive(setCookie, SHOP);
  expect(jar.header(SHOP)).toBe('deep=3; own=1; all=2');
  expect(jar.header(new URL('https://www.example.com/'))).toBe('all=2');
  expect(jar.header(new URL('https://shop.example.com/cartoon'))).toBe('own=1; all=2');
  expect(jar.header(new URL('https://notexample.com/'))).toBeUndefined();
});

test('Max-Age comes before Expires, both by the given clock, and take the cookie away again', () => {
  const clock = manualClock();
  const jar = cookieJar(clock.now);
  jar.receive('a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', SHOP);
  jar.receive(`b=1; Expires=${new Date(clock.now() + 30_000).toUTCString()}`, SHOP);
  jar.receive('c=1; Max-Age=99999999999', SHOP);
  clock.advance('59s');
  expect(jar.header(SHOP)).toBe('a=1; c=1');
  jar.receive('a=; Max-Age=0', SHOP);
  expect(jar.list().map(({ name }) => name)).toEqual(['c']);
  clock.advance('401d');
  expect(jar.list()).toEqual([]);
});

test('it agrees with tough-cookie on attributes and their combinations', () => {
  const attributes = [
    '',
    '; Path=/',
    '; Path=/cart',
    '; Path=x',
    '; Domain=example.com',
    '; Domain=.shop.example.com',
    '; Secure',
    '; HttpOnly',
    '; Max-Age=0',
    '; Max-Age=60',
    '; Max-Age=x',
  ];
  for (const name of ['a', '__Host-a', '__Secure-a']) {
    for (const first of attributes) {
      for (const second of attributes) {
        const setCookie = `${name}=1${first}${second}`;
        const jar = cookieJar();
        const tough = new ToughJar(undefined, { prefixSecurity: 'silent' });
        jar.receive(setCookie, SHOP);
        tough.setCookieSync(setCookie, SHOP.href, { ignoreError: true });
        for (const url of [
          SHOP,
          PLAIN,
          new URL('https://shop.example.com/'),
          new URL('https://www.example.com/cart'),
        ]) {
          expect(jar.header(url) ?? '', `${setCookie} at ${url}`).toBe(
            tough.getCookieStringSync(url.href),
          );
        }
      }
    }
  }
});

describe('the client', () => {
  async function server(): Promise<string> {
    const { origin, stop } = await listen(({ url, headers, method }, response) => {
      if (url === '/set')
        response
          .setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; Path=/'])
          .writeHead(302, { Location: '/' });
      response.end(`${method} ${headers.cookie ?? 'no cookie'}`);
    });
    onTestFinished(stop);
    return origin;
  }

  test('keeps every cookie, also of a redirect, which it does not follow', async () => {
    const client = createClient({ origin: await server() });
    expect(await (await client.get('/')).text()).toBe('GET no cookie');
    expect((await client.post('/set')).status).toBe(302);
    expect(await (await client.request('/', { method: 'PUT' })).text()).toBe('PUT a=1; b=2');
    expect(client.cookies.get('b')).toBe('2');
    expect(await (await client.get('/', { headers: { cookie: 'c=3' } })).text()).toBe('GET c=3');
  });

  test('a clone has the same cookies and then its own', async () => {
    const client = createClient({ origin: await server() });
    await client.get('/set');
    const copy = client.clone();
    client.cookies.clear();
    expect(await (await client.get('/')).text()).toBe('GET no cookie');
    expect(await (await copy.get('/')).text()).toBe('GET a=1; b=2');
  });
});

test('a request says that a page of the server sends it, unless it says itself which page does', async () => {
  const sent: (string | null)[] = [];
  const browser = createClient({
    origin: SHOP.origin,
    fetch: async (_url, init) => {
      sent.push(new Headers(init.headers).get('sec-fetch-site'));
      return new Response();
    },
  });
  await browser.get('/');
  await browser.post('/pay', { headers: { 'content-type': 'text/plain' } });
  await browser.post('/pay', { headers: { 'sec-fetch-site': 'cross-site' } });
  await browser.post('/pay', { headers: { origin: 'https://evil.example' } });
  await browser.post('/pay', { headers: { referer: 'https://evil.example/' } });
  expect(sent).toEqual(['same-origin', 'same-origin', 'cross-site', null, null]);
});
