import { SessionError } from 'sojourn';
import { sessionHandler } from 'sojourn/fetch';
import type { AdapterContext, AdapterUnderTest, SuiteData, SuiteReply } from 'sojourn/testing';

/** The adapter suite's handler behind `sojourn/fetch`. */
export function fetchHandler({
  sessions,
  handle,
}: AdapterContext): (request: Request, address?: string) => Promise<Response> {
  return sessionHandler<SuiteData, [address?: string]>(
    sessions,
    async (request, session) => {
      const { pathname: path } = new URL(request.url);
      const reply = await handle({ method: request.method, path }, session);
      if (reply.isThrown) throw toResponse(reply);
      return toResponse(reply);
    },
    {
      connection: (_request, remoteAddress) => ({ remoteAddress }),
      onError: (error) =>
        new Response('error page', { status: error instanceof SessionError ? error.status : 500 }),
    },
  );
}

/** The handler without a server. */
export function calledDirectly(context: AdapterContext): AdapterUnderTest {
  const handler = fetchHandler(context);
  return {
    origin: 'https://shop.test',
    fetch: async (url, init) => {
      const response = await handler(new Request(url, init));
      return init.method === 'HEAD' ? new Response(null, response) : response;
    },
    stop: async () => undefined,
  };
}

/** What cannot be without a server. */
export const differencesWithoutServer = {
  'connection/address': 'there is no connection',
  'stream/gone': 'there is no connection that could end',
  'stream/gone-held': 'as stream/gone',
};

function toResponse({ status, headers, body }: SuiteReply): Response {
  const stream = typeof body === 'object' ? streamOf(body) : body;
  return new Response(stream ?? null, {
    status,
    headers: headers.map(([name, value]) => [name, value]),
  });
}

/** `ReadableStream.from`, which not every runtime has. */
function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => void (await iterator.return?.()),
    },
    { highWaterMark: 0 },
  );
}
