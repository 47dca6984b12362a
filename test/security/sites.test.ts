import { describe, expect, test } from 'vitest';
import { csrfHandler, csrfMiddleware } from '../../src/adapters/csrf.js';
import { crossSiteRefusal } from '../../src/index.js';
import type { Client } from '../../src/testing/client.js';
import { SITES, visitSite } from './sites.js';

const EVIL = 'https://evil.example';

/** What makes a request one of a page elsewhere, or of nobody knows where. */
const FORGED: readonly (readonly [string, Record<string, string>])[] = [
  ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
  ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }],
  ['a foreign Origin', { origin: EVIL }],
  ['an opaque Origin', { origin: 'null' }],
  ['a foreign Referer', { referer: `${EVIL}/page` }],
];

async function textOf(answer: Promise<Response>): Promise<string> {
  return (await answer).text();
}

describe.each(SITES)('%s', (_adapter, serve) => {
  describe('S-31 S-33: what another site makes a browser send', () => {
    test.each(FORGED)('with %s changes nothing, though the cookie came', async (_, headers) => {
      const { browser } = await visitSite(serve, 'same-origin');
      expect(await textOf(browser.post('/login'))).toBe('ada');
      expect(await textOf(browser.post('/pay'))).toBe('1');
      expect((await browser.post('/pay', { headers })).status).toBe(403);
      expect(await textOf(browser.post('/pay'))).toBe('2');
      // A page may be linked to.
      expect(await textOf(browser.get('/', { headers }))).toBe('ada');
    });

    test.each(FORGED)('with %s logs nobody in (login CSRF)', async (_, headers) => {
      const { browser, sessions } = await visitSite(serve, 'same-origin');
      const response = await browser.post('/login', { headers });
      expect([response.status, response.headers.getSetCookie()]).toEqual([403, []]);
      expect(await sessions.ofUser('ada')).toEqual([]);
    });
  });

  test('S-31: without Sec-Fetch-Site a page of this host says so by Origin or Referer', async () => {
    const { browser } = await visitSite(serve, 'same-origin');
    await browser.post('/login');
    const { origin } = browser;
    expect(await textOf(browser.post('/pay', { headers: { origin } }))).toBe('1');
    expect(await textOf(browser.post('/pay', { headers: { referer: `${origin}/cart` } }))).toBe(
      '2',
    );
  });

  describe('S-32: the token of a form', () => {
    test('is asked for where something changes, and nowhere else', async () => {
      const { browser } = await visitSite(serve, 'csrf');
      expect(await textOf(browser.get('/'))).toBe('nobody');
      const refused = await browser.post('/login');
      expect([refused.status, refused.headers.get('cache-control')]).toEqual([403, 'no-store']);
      expect(await textOf(browser.get('/'))).toBe('nobody');
    });

    test('in the header lets the request pass, until a login makes a new one', async () => {
      const { browser } = await visitSite(serve, 'csrf');
      const headers = { 'x-csrf-token': await textOf(browser.get('/token')) };
      expect(await textOf(browser.post('/pay', { headers }))).toBe('1');
      expect(await textOf(browser.post('/login', { headers }))).toBe('ada');
      expect((await browser.post('/pay', { headers })).status).toBe(403);
      const renewed = { 'x-csrf-token': await textOf(browser.get('/token')) };
      expect(await textOf(browser.post('/pay', { headers: renewed }))).toBe('2');
    });

    test('of another visitor is refused', async () => {
      const { browser } = await visitSite(serve, 'csrf');
      const other = browser.clone();
      const headers = { 'x-csrf-token': await textOf(other.get('/token')) };
      await browser.get('/token');
      expect((await browser.post('/pay', { headers })).status).toBe(403);
      expect(await textOf(other.post('/pay', { headers }))).toBe('1');
    });
  });
});

describe.each(SITES.filter(([name]) => /Express|fetch/.test(name)))(
  '%s: S-32: the token in a form',
  (_adapter, serve) => {
    const send = async (browser: Client, fields: Record<string, string>): Promise<number> =>
      (await browser.post('/pay', { body: new URLSearchParams(fields) })).status;

    test('is found in its field, and in no other shape', async () => {
      const { browser } = await visitSite(serve, 'csrf');
      const token = await textOf(browser.get('/token'));
      expect(await send(browser, { amount: '1', _csrf: token })).toBe(200);
      for (const fields of [
        {},
        { _csrf: '' },
        { csrf: token },
        { '_csrf[]': token },
        { '_csrf[a]': token },
        { __proto__: token },
        { _csrf: `${token}x` },
      ] as Record<string, string>[])
        expect(await send(browser, fields)).toBe(403);
    });
  },
);

test('S-32: the fetch handler still reads the form, also one with files', async () => {
  const form = new FormData();
  form.set('_csrf', 'token');
  form.set('file', new Blob(['text']), 'a.txt');
  const session = { isCsrfToken: (sent: unknown) => sent === 'token' };
  const handler = csrfHandler(async (request) => {
    const received = await request.formData();
    return new Response(await (received.get('file') as File).text());
  });
  const ask = (body: FormData | string | null, headers: Record<string, string> = {}) =>
    handler(
      new Request('https://shop.example', { method: 'POST', body, headers }),
      session as never,
    );
  expect(await textOf(Promise.resolve(ask(form)))).toBe('text');
  expect((await ask('no form', { 'content-type': 'multipart/form-data' })).status).toBe(403);
  expect((await ask('{"_csrf":"token"}', { 'content-type': 'application/json' })).status).toBe(403);
  expect((await ask(null)).status).toBe(403);
});

test.each([
  [null, 'object'],
  [{ fields: 'x' }, 'fields'],
  [{ field: '' }, 'field'],
  [{ header: 'x csrf' }, 'header'],
  [{ safeMethods: 'GET' }, 'capitals'],
  [{ safeMethods: ['get'] }, 'capitals'],
])('%j are refused at start', (options, said) => {
  const refused = expect.objectContaining({
    code: 'invalid-option',
    message: expect.stringContaining(said),
  });
  expect(() => csrfMiddleware(options as never)).toThrow(refused);
  expect(() => csrfHandler(() => new Response(), options as never)).toThrow(refused);
});

test('before the session is open the check of a token says so', () => {
  const request = { method: 'POST', headers: {} };
  expect(() => csrfMiddleware()(request, {} as never, () => undefined)).toThrow(
    expect.objectContaining({ code: 'no-session' }),
  );
});

test('S-31: a script that keeps cookies and says nothing is refused, without cookies it passes', () => {
  const request = { method: 'POST', headers: { host: 'shop.example' } };
  expect(crossSiteRefusal(request)).toBeUndefined();
  const headers = { ...request.headers, cookie: '__Host-sid=token' };
  expect(crossSiteRefusal({ ...request, headers })).toContain('carries cookies');
});
