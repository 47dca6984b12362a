import { createServer } from 'node:http';
import express5 from 'express';
import express4 from 'express4';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type SameOriginMiddleware,
  sameOriginHandler,
  sameOriginMiddleware,
} from '../../src/adapters/same-origin.js';
import { type CrossSiteOptions, crossSiteRefusal } from '../../src/index.js';
import { listen } from '../adapters/reply.js';

type Sent = Record<string, string>;

const HOST = { host: 'shop.example' };
const COOKIE = { cookie: '__Host-sid=token' };
const invalid = expect.objectContaining({ code: 'invalid-option' });

/** Whether a request passes, in the form of Node and in the form of the web. */
function passes(headers: Sent, options: CrossSiteOptions = {}, method = 'POST'): boolean {
  const [one, other] = [headers, new Headers(headers)].map(
    (given) => crossSiteRefusal({ method, headers: given, url: '/pay' }, options) === undefined,
  );
  expect(one).toBe(other);
  return one === true;
}

describe('S-31: a request that changes something', () => {
  test.each([
    // A browser says where it comes from.
    ['same-origin', {}, true],
    ['none', {}, true],
    ['same-site', {}, false],
    ['cross-site', {}, false],
    ['', {}, false],
    ['Same-Origin', {}, false],
    ['same-origin, cross-site', {}, false],
    ['invented', {}, false],
    // What it says counts, whatever stands in other headers.
    ['same-origin', { origin: 'https://evil.example' }, true],
    ['same-origin', { origin: 'null' }, true],
    ['cross-site', { origin: 'https://shop.example' }, false],
    ['same-site', { origin: 'https://shop.example' }, false],
    ['cross-site', { referer: 'https://shop.example/' }, false],
  ] as [string, Sent, boolean][])(
    'with Sec-Fetch-Site: %s and %j passes: %s',
    (site, others, isPassing) => {
      const headers = { ...HOST, 'sec-fetch-site': site, ...others };
      expect(passes(headers)).toBe(isPassing);
      expect(passes({ ...headers, ...COOKIE })).toBe(isPassing);
    },
  );

  test.each([
    ['https://shop.example', 'shop.example', true],
    ['http://shop.example', 'shop.example', true],
    ['https://shop.example', 'shop.example:443', true],
    ['http://shop.example', 'shop.example:80', true],
    ['https://shop.example', 'Shop.Example', true],
    ['https://shop.example:8443', 'shop.example:8443', true],
    ['http://[::1]:3000', '[::1]:3000', true],
    ['http://192.0.2.1', '192.0.2.1', true],
    ['https://shop.example', 'shop.example:8443', false],
    ['https://shop.example:8443', 'shop.example', false],
    ['https://shop.example', 'shop.example:80', false],
    ['https://evil.example', 'shop.example', false],
    ['https://www.shop.example', 'shop.example', false],
    ['https://shop.example.evil.example', 'shop.example', false],
    ['https://shop.example', '', false],
    ['https://evil.example', 'shop.example@evil.example', false],
    ['https://evil.example', 'evil.example/shop.example', false],
    ['https://evil.example', 'evil.example#', false],
    ['null', 'shop.example', false],
    ['null', 'null', false],
    ['', 'shop.example', false],
    ['shop.example', 'shop.example', false],
    ['file://shop.example', 'shop.example', false],
    ['moz-extension://shop.example', 'shop.example', false],
    ['https://shop.example, https://evil.example', 'shop.example', false],
  ])('with Origin: %s to the host %s passes: %s', (origin, host, isPassing) => {
    expect(passes({ host, origin })).toBe(isPassing);
    expect(passes({ host, origin, ...COOKIE })).toBe(isPassing);
    // Without an Origin the page in Referer says the same; it is a URL and not an origin.
    const isOrigin = URL.canParse(origin);
    if (isOrigin) expect(passes({ host, referer: `${origin}/cart?a=b` })).toBe(isPassing);
  });

  test('an Origin counts before a Referer', () => {
    const ours = 'https://shop.example';
    expect(passes({ ...HOST, origin: 'null', referer: `${ours}/` })).toBe(false);
    expect(passes({ ...HOST, origin: ours, referer: 'https://evil.example/' })).toBe(true);
  });

  test('without any of them passes only when it carries no cookies', () => {
    expect(passes(HOST)).toBe(true);
    expect(passes({})).toBe(true);
    expect(passes({ ...HOST, ...COOKIE })).toBe(false);
    expect(passes({ ...HOST, ...COOKIE }, { allowUnknown: true })).toBe(true);
    expect(passes({ ...HOST, origin: 'null' }, { allowUnknown: true })).toBe(false);
  });

  test.each([
    ['POST', false],
    ['PUT', false],
    ['PATCH', false],
    ['DELETE', false],
    ['TRACE', false],
    ['CONNECT', false],
    ['PROPFIND', false],
    ['get', false],
    ['', false],
    ['GET', true],
    ['HEAD', true],
    ['OPTIONS', true],
  ])('is told by its method: %s from another site passes: %s', (method, isPassing) => {
    const headers = { ...HOST, ...COOKIE, 'sec-fetch-site': 'cross-site' };
    expect(passes(headers, {}, method)).toBe(isPassing);
  });

  test('a WebSocket is one, though its method is GET', () => {
    const handshake = { ...HOST, ...COOKIE, upgrade: 'WebSocket', connection: 'Upgrade' };
    expect(passes({ ...handshake, origin: 'https://evil.example' }, {}, 'GET')).toBe(false);
    expect(passes({ ...handshake, origin: 'https://shop.example' }, {}, 'GET')).toBe(true);
    expect(passes({ ...handshake, upgrade: 'h2c' }, {}, 'GET')).toBe(true);
  });

  test('the host is that of the URL, or of HTTP/2, when there is no Host header', () => {
    const headers = { origin: 'https://shop.example' };
    const at = (url: string) =>
      crossSiteRefusal({ method: 'POST', headers: new Headers(headers), url });
    expect(at('https://shop.example/pay')).toBeUndefined();
    expect(at('https://other.example/pay')).toContain("'https://shop.example'");
    const http2 = { ...headers, ':authority': 'shop.example' };
    expect(crossSiteRefusal({ method: 'POST', headers: http2, url: '/pay' })).toBeUndefined();
    expect(
      crossSiteRefusal(new Request('https://shop.example/', { method: 'POST', headers })),
    ).toBeUndefined();
  });
});

describe('options', () => {
  test('S-31: the same site may be let in, and no further', () => {
    const options = { allowSameSite: true };
    const from = (site: string) => passes({ ...HOST, 'sec-fetch-site': site }, options);
    expect(['same-origin', 'none', 'same-site', 'cross-site', ''].map(from)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    // Without the header nothing says what the same site is.
    expect(passes({ ...HOST, origin: 'https://www.shop.example' }, options)).toBe(false);
  });

  test.each([
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://admin.example' }, true],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://admin.example' }, true],
    [{ origin: 'https://admin.example' }, true],
    [{ referer: 'https://admin.example/users' }, true],
    [{ 'sec-fetch-site': 'cross-site', referer: 'https://admin.example/' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ origin: 'http://admin.example' }, false],
    [{ origin: 'https://admin.example:8443' }, false],
    [{ origin: 'https://admin.example.evil.example' }, false],
    [{ origin: 'null' }, false],
  ] as [Sent, boolean][])('S-31: of a trusted origin, %j passes: %s', (headers, isPassing) => {
    const options = { trustedOrigins: ['https://admin.example'] };
    expect(passes({ ...HOST, ...COOKIE, ...headers }, options)).toBe(isPassing);
  });

  test('safe methods are a list of their own', () => {
    const headers = { ...HOST, 'sec-fetch-site': 'cross-site' };
    expect(passes(headers, { safeMethods: ['PROPFIND'] }, 'PROPFIND')).toBe(true);
    expect(passes(headers, { safeMethods: ['PROPFIND'] }, 'GET')).toBe(false);
  });

  test.each([
    [null, 'object'],
    ['https://admin.example', 'object'],
    [{ trustedOrigin: [] }, "'trustedOrigin'"],
    [{ trustedOrigins: 'https://admin.example' }, 'list'],
    [{ trustedOrigins: ['admin.example'] }, 'scheme'],
    [{ trustedOrigins: ['https://admin.example/'] }, 'scheme'],
    [{ trustedOrigins: ['https://Admin.example'] }, 'scheme'],
    [{ trustedOrigins: ['https://admin.example:443'] }, 'scheme'],
    [{ trustedOrigins: ['https://*.example'] }, 'scheme'],
    [{ trustedOrigins: ['*'] }, 'scheme'],
    [{ trustedOrigins: ['null'] }, 'scheme'],
    [{ trustedOrigins: [/example/] }, 'scheme'],
    [{ safeMethods: ['get'] }, 'capitals'],
    [{ safeMethods: 'GET' }, 'list'],
    [{ allowSameSite: 'yes' }, 'true or false'],
    [{ allowUnknown: 1 }, 'true or false'],
  ])('%j are refused at start', (options, said) => {
    const given = options as CrossSiteOptions;
    const refused = expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringContaining(said),
    });
    expect(() => sameOriginMiddleware(given)).toThrow(refused);
    expect(() => sameOriginHandler(() => new Response(), given)).toThrow(refused);
    expect(() => crossSiteRefusal({ method: 'GET', headers: {} }, given)).toThrow(invalid);
  });
});

const SERVERS: readonly (readonly [string, (check: SameOriginMiddleware) => Listener])[] = [
  [
    'node:http',
    (check) =>
      createServer((request, response) => {
        response.setHeader('Vary', 'Accept');
        check(request, response, () => response.end('done'));
      }),
  ],
  ['Express 5', (check) => served(express5(), check)],
  ['Express 4', (check) => served(express4(), check)],
];

type Listener = Parameters<typeof listen>[0];

function served(app: express5.Express | express4.Express, check: SameOriginMiddleware): Listener {
  const use = app as express5.Express;
  use.use((_request, response, next) => {
    response.vary('Accept');
    next();
  });
  use.use(check);
  use.use((_request, response) => void response.send('done'));
  return use;
}

describe('S-31: the answer', () => {
  test.each(SERVERS)('of %s', async (_, serve) => {
    const server = await listen(serve(sameOriginMiddleware()));
    onTestFinished(server.stop);
    const post = (headers: Sent) => fetch(server.origin, { method: 'POST', headers });
    const refused = await post({ origin: 'https://evil.example' });
    expect([refused.status, await refused.text()]).toEqual([
      403,
      'This request was sent from another site.\n',
    ]);
    expect(refused.headers.get('vary')).toBe('Accept, Sec-Fetch-Site, Origin');
    expect(refused.headers.get('cache-control')).toBe('no-store');
    const passed = await post({ origin: server.origin, ...COOKIE });
    expect([passed.status, await passed.text()]).toEqual([200, 'done']);
  });

  test('of a fetch handler, which gets what else the runtime passes', async () => {
    const handler = sameOriginHandler(
      async (request: Request, tenant: string) => new Response(`${tenant} ${request.method}`),
    );
    const send = (headers: Sent) =>
      handler(new Request('https://shop.example/', { method: 'POST', headers }), 'one');
    const refused = await send({ 'sec-fetch-site': 'cross-site' });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('vary')).toBe('Sec-Fetch-Site, Origin');
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect(await (await send({ 'sec-fetch-site': 'same-origin' })).text()).toBe('one POST');
  });
});
