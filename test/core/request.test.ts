import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { sessionHandler } from '../../src/adapters/fetch.js';
import { cookieTransport } from '../../src/http/cookie.js';
import { type RequestHeaders, Request as RequestOfCore } from '../../src/http/request.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';

const request = (
  headers: RequestHeaders,
  connection: ConstructorParameters<typeof RequestOfCore>[1] = {},
  trustedProxies = 0,
) => new RequestOfCore(headers, connection, { trustedProxies });

describe('the address that a proxy names', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:51234', '203.0.113.7'],
    [' 203.0.113.7:1 ', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['"203.0.113.7"', '203.0.113.7'],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
    ['[::ffff:203.0.113.7]:80', '::ffff:203.0.113.7'],
    // Four groups of digits and a colon more are an address, not a port.
    ['2001:db8::1:443', '2001:db8::1:443'],
    ['198.51.100.9, 203.0.113.7:51234', '203.0.113.7'],
    ['203.0.113.7:51234, [2001:db8::1]:9', '2001:db8::1'],
    // What is none leaves the address of the peer.
    ['unknown', '10.0.0.4'],
    ['_hidden', '10.0.0.4'],
    ['', '10.0.0.4'],
    ['203.0.113.7,', '10.0.0.4'],
    ['203.0.113.7:', '10.0.0.4'],
    ['203.0.113.7:999999', '10.0.0.4'],
    ['203.0.113.7:80:80', '10.0.0.4'],
    ['203.0.113.256', '10.0.0.4'],
    ['[203.0.113.7]:80', '10.0.0.4'],
    ['[2001:db8::1', '10.0.0.4'],
    ['[]:80', '10.0.0.4'],
    ['shop.example', '10.0.0.4'],
  ])('X-Forwarded-For: %s is %s', (sent, address) => {
    const view = request({ 'x-forwarded-for': sent }, { remoteAddress: '10.0.0.4' }, 1);
    expect(view.ipAddress).toBe(address);
  });

  test.each([
    [0, '10.0.0.4'],
    [1, '203.0.113.3'],
    [2, '203.0.113.2'],
    [3, '203.0.113.1'],
    [9, '203.0.113.1'],
  ])('with %d trusted proxies is counted from the right', (proxies, address) => {
    const headers = { 'x-forwarded-for': ['203.0.113.1:1, 203.0.113.2:2', '203.0.113.3:3'] };
    expect(request(headers, { remoteAddress: '10.0.0.4' }, proxies).ipAddress).toBe(address);
  });
});

describe('S-29: the scheme that a proxy names', () => {
  test.each([
    ['https', 1, true],
    ['HTTPS', 1, true],
    [' https ', 1, true],
    ['wss', 1, true],
    ['http', 1, false],
    ['ws', 1, false],
    ['', 1, false],
    ['httpsx', 1, false],
    ['https,http', 1, false],
    ['http,https', 1, true],
    ['https, http', 2, true],
    ['http, https', 2, false],
    ['https', 2, true],
    ['https, http, http', 2, false],
    ['https', 0, false],
    ['https,', 1, false],
  ])('X-Forwarded-Proto: %j with %d trusted proxies is secure: %s', (proto, proxies, secure) => {
    const view = request({ 'x-forwarded-proto': proto }, {}, proxies);
    expect(view.secure).toBe(secure);
    expect(view.insecureReason === '').toBe(secure);
  });
});

describe('the URL of a request', () => {
  test.each([
    ['http://localhost:3000/', {}, 'localhost:3000', true],
    ['http://127.0.0.1/', {}, '127.0.0.1', true],
    ['http://[::1]:8080/', {}, '[::1]:8080', true],
    ['http://shop.example/', {}, 'shop.example', false],
    ['https://shop.example/', {}, 'shop.example', true],
    ['http://localhost/', { host: 'shop.example' }, 'shop.example', false],
    ['http://shop.example/', { host: 'localhost' }, 'localhost', true],
    ['http://shop.example/', { ':authority': 'localhost' }, 'localhost', true],
    ['/relative', {}, '', false],
    [undefined, {}, '', false],
  ] as [string | undefined, Record<string, string>, string, boolean][])(
    '%s with the headers %j names the host %j, and takes a cookie: %s',
    (url, headers, host, isTaken) => {
      for (const given of headers[':authority'] ? [headers] : [headers, new Headers(headers)]) {
        const view = request(given, { url });
        expect(view.host).toBe(host);
        expect(cookieTransport().receive(view).refusal === undefined).toBe(isTaken);
      }
    },
  );

  test('what the adapter knows of TLS comes first', () => {
    expect(request({}, { url: 'https://shop.example/', secure: false }).secure).toBe(false);
    expect(request({}, { url: 'http://shop.example/', secure: true }).secure).toBe(true);
  });

  test.each([
    ['a request alone', undefined],
    ['what the runtime knows', () => ({ remoteAddress: '192.0.2.1' })],
  ])('S-29: a fetch handler sets its cookie in process, from %s', async (_, connection) => {
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    onTestFinished(() => warning.mockRestore());
    const sessions = createSessions<{ visits: number }>({ store: memoryStore() });
    const handler = sessionHandler(
      sessions,
      (_request, session) => new Response(String(session.increment('visits'))),
      { connection },
    );
    const cookiesFrom = async (url: string) =>
      (await handler(new Request(url))).headers.getSetCookie();
    expect(await cookiesFrom('http://localhost:3000/')).toHaveLength(1);
    expect(await cookiesFrom('https://shop.example/')).toHaveLength(1);
    expect(await cookiesFrom('http://shop.example/')).toHaveLength(0);
  });
});

test('what a header object inherits is no header', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'get'])
    expect(request({}).header(name)).toBeUndefined();
  expect(request({ cookie: ['a=1', 'b=2'], accept: ['x', 'y'] }).header('cookie')).toBe('a=1; b=2');
  expect(request({ accept: ['x', 'y'] }).header('accept')).toBe('x, y');
});
