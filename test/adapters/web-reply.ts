import type { AdapterUnderTest, SuiteReply } from '../../src/testing/adapter-suite.js';

/** What the suite's handler replied, as a web response. */
export function toResponse({ status, headers, body }: SuiteReply): Response {
  const stream = typeof body === 'object' ? streamOf(body) : body;
  return new Response(stream ?? null, {
    status,
    headers: headers.map(([name, value]) => [name, value]),
  });
}

/** A fetch handler that is called without a server. */
export function calledDirectly(
  handler: (request: Request) => Response | Promise<Response>,
): AdapterUnderTest {
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
export const WITHOUT_SERVER: Readonly<Record<string, string>> = {
  'connection/address': 'there is no connection',
  'stream/gone': 'there is no client that could go away',
  'stream/gone-held': 'as stream/gone',
};

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
