import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, test } from 'vitest';
import { sessionHandler } from '../../src/adapters/fetch.js';
import { SessionError } from '../../src/index.js';
import { type AdapterContext, adapterSuite, type SuiteReply } from '../../src/testing/adapter-suite.js';
import { listen } from './reply.js';

function toResponse({ status, headers, body }: SuiteReply): Response {
  const stream = typeof body === 'object' ? (ReadableStream.from(body) as ReadableStream) : body;
  return new Response(stream ?? null, { status, headers: headers.map(([name, value]) => [name, value]) });
}

function suiteHandler({ sessions, handle }: AdapterContext): (request: Request) => Promise<Response> {
  return sessionHandler(
    sessions,
    async (request, session) => toResponse(await handle({ method: request.method, path: new URL(request.url).pathname }, session)),
    { onError: (error) => new Response('error page', { status: error instanceof SessionError ? error.status : 500 }) },
  );
}

describe('contract, called directly', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const handler = suiteHandler(context);
      return {
        origin: 'https://shop.test',
        fetch: async (url, init) => {
          const response = await handler(new Request(url, init));
          return init.method === 'HEAD' ? new Response(null, response) : response;
        },
        stop: async () => undefined,
      };
    },
    differences: { 'stream/gone': 'there is no connection that could end' },
  });
});

describe('contract, behind a server', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const handler = suiteHandler(context);
      return listen(async (incoming, outgoing) => {
        const headers = new Headers();
        for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
          for (const value of values) headers.append(name, value);
        }
        const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
          method: incoming.method ?? 'GET',
          headers,
        });
        const response = await handler(request);
        outgoing.statusCode = response.status;
        outgoing.setHeaders(response.headers);
        if (response.body === null) outgoing.end();
        else await pipeline(Readable.fromWeb(response.body as never), outgoing).catch(() => outgoing.destroy());
      });
    },
  });
});
