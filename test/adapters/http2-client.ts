import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { Readable } from 'node:stream';
import type { SendRequest } from '../../src/testing/client.js';

/** A `fetch` over HTTP/2 without TLS, as far as the suite needs it. */
export function http2Fetch(session: ClientHttp2Session): SendRequest {
  return async (url, { method = 'GET', headers, signal }) => {
    const stream = session.request({
      ...Object.fromEntries(new Headers(headers)),
      [constants.HTTP2_HEADER_METHOD]: method,
      [constants.HTTP2_HEADER_PATH]: url.pathname,
      [constants.HTTP2_HEADER_AUTHORITY]: url.host,
    });
    signal?.addEventListener('abort', () => stream.destroy(new Error('aborted')));
    stream.end();
    const [head] = await once(stream, 'response');
    const received = new Headers();
    for (const [name, value] of Object.entries<string | string[]>(head)) {
      if (!name.startsWith(':')) for (const one of [value].flat()) received.append(name, one);
    }
    const status = Number(head[constants.HTTP2_HEADER_STATUS]);
    const hasBody = ![204, 304].includes(status) && method !== 'HEAD';
    if (!hasBody) stream.resume();
    return new Response(hasBody ? (Readable.toWeb(stream) as ReadableStream) : null, {
      status,
      headers: received,
    });
  };
}

export async function http2Session(origin: string): Promise<ClientHttp2Session> {
  const session = connect(origin);
  await once(session, 'connect');
  return session;
}
