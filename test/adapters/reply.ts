import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type {
  AdapterUnderTest,
  SuiteReply,
  SuiteRequest,
} from '../../src/testing/adapter-suite.js';

/** What the suite asks of a Node request. */
export function suiteRequest({
  method = 'GET',
  url = '/',
}: IncomingMessage | Http2ServerRequest): SuiteRequest {
  return { method, path: url.split('?')[0] ?? '/' };
}

/** Sends what the suite's handler replied. */
export async function sendReply(
  response: ServerResponse | Http2ServerResponse,
  { status, headers, body }: SuiteReply,
): Promise<void> {
  response.statusCode = status;
  for (const [name, value] of headers) (response as ServerResponse).appendHeader(name, value);
  if (body === undefined || typeof body === 'string') {
    (response as ServerResponse).end(body);
    return;
  }
  await pipeline(Readable.from(body), response as ServerResponse).catch((error) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

/** A server on a free port of the loopback. */
export async function listen(listener: RequestListener | Server): Promise<AdapterUnderTest> {
  const server = typeof listener === 'function' ? createServer(listener) : listener;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
