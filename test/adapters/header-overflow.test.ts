import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clearTooManyCookies, sessionListener } from '../../src/adapters/node.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { listen } from './reply.js';

const COOKIES = `Cookie: ${Array.from({ length: 30 }, (_, index) => `c${index}=${'x'.repeat(1000)}`).join('; ')}`;
const URL_TOO_LONG = `/${'a'.repeat(20_000)}`;

async function serve(options: ServerOptions = {}, prepare?: (server: Server) => void) {
  const sessions = createSessions<{ views: number }>({ store: memoryStore() });
  const server = createServer(
    options,
    sessionListener(sessions, (_request, response, session) =>
      response.end(String(session.increment('views'))),
    ),
  );
  prepare?.(server);
  clearTooManyCookies(server);
  const { origin, stop } = await listen(server);
  onTestFinished(stop);

  /** What a server answers to these bytes until it closes the connection. */
  return async (...lines: string[]): Promise<string> => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
    });
    socket.on('error', () => undefined);
    socket.end([...lines, '', ''].join('\r\n'));
    await once(socket, 'close');
    return answer;
  };
}

describe('V-30: a visitor whose cookies are too many', () => {
  test('is told to drop them, and gets through without', async () => {
    const send = await serve();
    const answer = await send('GET / HTTP/1.1', 'Host: shop.example', COOKIES);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 431 Request Header Fields Too Large',
      'Clear-Site-Data: "cookies"',
      'Cache-Control: no-store',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ]);
    expect(body).toContain('Load the page again');
    const next = await send('GET / HTTP/1.1', 'Host: shop.example', 'Connection: close');
    expect(next).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  test('counts by the limit of the server', async () => {
    const headers = ['GET / HTTP/1.1', 'Host: shop.example', 'Connection: close'] as const;
    const small = await serve({ maxHeaderSize: 4096 });
    expect(await small(...headers, COOKIES.slice(0, 6000))).toContain('Clear-Site-Data');
    const large = await serve({ maxHeaderSize: 65_536 });
    expect(await large(...headers, COOKIES)).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});

describe('V-30: nobody is logged out by', () => {
  test.each<[string, string[]]>([
    ['a long URL', [`GET ${URL_TOO_LONG} HTTP/1.1`, 'Host: a', 'Cookie: a=1; b=2']],
    [
      'a long URL beside some cookies',
      [`GET /${'a'.repeat(9000)} HTTP/1.1`, 'Host: a', COOKIES.slice(0, 9000)],
    ],
    [
      'a long URL and a body',
      [`POST ${URL_TOO_LONG} HTTP/1.1`, 'Host: a', 'Cookie: a=1', '', COOKIES],
    ],
    ['another header', ['GET / HTTP/1.1', 'Host: a', `Accept: ${'a'.repeat(20_000)}`]],
    ['a method that is none', [`${'A'.repeat(20_000)} / HTTP/1.1`, COOKIES]],
  ])('%s', async (_, lines) => {
    const send = await serve();
    const answer = await send(...lines);
    expect(answer).toMatch(/^HTTP\/1\.1 4(?:00|31) /);
    expect(answer).not.toContain('Clear-Site-Data');
  });
});

test('other errors are answered as Node does', async () => {
  const send = await serve();
  expect(await send('no request')).toBe('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
});

test('other errors are left to a listener of the application', async () => {
  const seen: (string | undefined)[] = [];
  const send = await serve({}, (server) =>
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      seen.push(error.code);
      if (socket.writable) socket.end('HTTP/1.1 418 Teapot\r\n\r\n');
    }),
  );
  expect(await send('no request')).toBe('HTTP/1.1 418 Teapot\r\n\r\n');
  expect(await send('GET / HTTP/1.1', 'Host: a', COOKIES)).toContain('Clear-Site-Data');
  expect(seen).toEqual(['HPE_INVALID_METHOD', 'HPE_HEADER_OVERFLOW']);
});
