import { H3, serve } from 'h3';
import { describe, test } from 'vitest';
import { getSession, h3Session } from '../../src/adapters/h3.js';
import {
  type AdapterContext,
  adapterSuite,
  type SuiteData,
} from '../../src/testing/adapter-suite.js';

const thrownAnswers = {
  'write/thrown-answer': 'h3 answers a thrown Response with 500',
  'identity/login-thrown': 'as write/thrown-answer',
};

function appOf({ sessions, handle }: AdapterContext): H3 {
  const app = new H3({ silent: true });
  app.use(h3Session(sessions));
  app.all('/**', async (event) => {
    const { status, headers, body, isThrown } = await handle(
      { method: event.req.method, path: event.url.pathname },
      getSession<SuiteData>(event),
    );
    const stream = typeof body === 'object' ? (ReadableStream.from(body) as ReadableStream) : body;
    const response = new Response(stream ?? null, {
      status,
      headers: headers.map(([n, v]) => [n, v]),
    });
    if (isThrown) throw response;
    return response;
  });
  return app;
}

describe('app.fetch', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const app = appOf(context);
      return {
        origin: 'https://shop.test',
        fetch: async (url, init) => app.request(url, init),
        stop: async () => undefined,
      };
    },
    differences: {
      'connection/address': 'there is no connection',
      'stream/gone': 'there is no client that could go away',
      'stream/gone-held': 'as stream/gone',
      ...thrownAnswers,
    },
  });
});

describe('behind a server', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const server = serve(appOf(context), { port: 0, hostname: '127.0.0.1', silent: true });
      await server.ready();
      return { origin: server.url!.replace(/\/$/, ''), stop: () => server.close(true) };
    },
    differences: thrownAnswers,
  });
});
