import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Handler, serve } from './serve.js';

/**
 * What compressing middleware does: decides in writeHead, and puts a stream in front of the
 * response, for `drain` as well.
 */
function compress(
  response: ServerResponse & { _header?: unknown; _implicitHeader?: () => void },
): void {
  const { writeHead, write, end, on } = response;
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  let isEnded = false;
  const begin = (): void => {
    if (!response._header) response._implicitHeader?.();
  };
  response.writeHead = ((...parameters: [number]) => {
    response.removeHeader('Content-Length');
    response.setHeader('Content-Encoding', 'gzip');
    return writeHead.apply(response, parameters);
  }) as never;
  response.write = ((chunk: string) => {
    if (isEnded) return false;
    begin();
    return gzip.write(chunk);
  }) as never;
  response.end = ((chunk?: string) => {
    if (isEnded) return false;
    begin();
    isEnded = true;
    return gzip.end(chunk);
  }) as never;
  response.on = ((event: string, listener: () => void) =>
    event === 'drain' ? gzip.on(event, listener) : on.call(response, event, listener)) as never;
  gzip.on('data', (chunk) => {
    if (write.call(response, chunk, 'utf8') === false) gzip.pause();
  });
  on.call(response, 'drain', () => gzip.resume());
  gzip.on('end', () => end.call(response, undefined, 'utf8'));
}

describe('together with middleware that changes the same methods', () => {
  const page = Array.from({ length: 2000 }, (_, index) => `line ${index}\n`);
  const send: Handler = (_request, response) => {
    response.setHeader('Content-Type', 'text/plain');
    for (const line of page) response.write(line);
    response.end('end');
  };

  const pipe: Handler = (_request, response) => void Readable.from([...page, 'end']).pipe(response);
  const whole: Handler = (_request, response) => {
    response.setHeader('Content-Length', 5);
    response.end(`${page.join('')}end`);
  };

  test.each<[string, Handler, boolean]>([
    ['installed later, many writes', send, false],
    ['installed later, a pipe', pipe, false],
    ['installed later, one end', whole, false],
    ['installed earlier, many writes', send, true],
    ['installed earlier, a pipe', pipe, true],
    ['installed earlier, one end', whole, true],
  ])('%s', async (_form, handler, isEarlier) => {
    const { client, store } = await serve(
      (request, response, session) => {
        if (!isEarlier) compress(response);
        return handler(request, response, session);
      },
      { before: (_request, response) => isEarlier && compress(response) },
    );
    const response = await client.get('/');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-sid=/)]);
    expect(await response.text()).toBe(`${page.join('')}end`);
    store.fail('update');
    const lost = await client.get('/');
    expect(lost.status).toBe(503);
    expect(lost.headers.get('content-encoding')).toBe(isEarlier ? 'gzip' : null);
    expect(await lost.text()).toBe('Service Unavailable\n');
    expect(store.calls).toEqual(['create', 'read', 'update']);
  });
});
