import { Readable } from 'node:stream';
import { createApp, createError, type EventHandler, eventHandler, toNodeListener } from 'h3v1';
import { describe, expect, onTestFinished, test } from 'vitest';
import { getSession, h3v1Session } from '../../src/adapters/h3v1.js';
import { createSessions, isSessionError, session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { listen, suiteRequest } from '../adapters/reply.js';

describe('behind a server', () => {
  adapterSuite({
    test,
    start: ({ sessions, handle }) => {
      const app = createApp({ onError: () => undefined });
      h3v1Session(app, sessions);
      app.use(
        eventHandler(async (event) => {
          const { status, headers, body } = await handle(
            suiteRequest(event.node.req),
            getSession<SuiteData>(event),
          );
          const { res } = event.node;
          res.statusCode = status;
          for (const [name, value] of headers) res.appendHeader(name, value);
          return typeof body === 'object' ? Readable.from(body) : (body ?? '');
        }),
      );
      return listen(toNodeListener(app));
    },
    differences: {
      'stream/abort': 'h3 1 does not end the stream of a client that went away',
    },
  });
});

interface Shop {
  views: number;
}

async function shop(handler: EventHandler, options: Parameters<typeof createApp>[0] = {}) {
  const store = memoryStore();
  const sessions = createSessions<Shop>({ store });
  const app = createApp(options);
  h3v1Session(app, sessions);
  app.use(eventHandler(handler));
  const { origin, stop } = await listen(toNodeListener(app));
  onTestFinished(stop);
  return { store, origin };
}

describe('in the habit of h3 1', () => {
  test('onError gets the SessionError as cause, with 503', async () => {
    const caught: unknown[] = [];
    const { store, origin } = await shop(
      (event) => ({ views: getSession<Shop>(event).increment('views') }),
      { onError: ({ cause, statusCode }) => void caught.push(statusCode, cause) },
    );
    store.create = () => Promise.reject(new Error('disk full'));
    const { status, headers } = await fetch(origin);
    expect([status, headers.get('cache-control')]).toEqual([503, 'no-store']);
    expect([caught[0], isSessionError(caught[1])]).toEqual([503, true]);
  });

  test('session() is in the handler; an error page carries the cookie', async () => {
    const { origin } = await shop(
      (event) => {
        expect(session() as object).toBe(getSession(event));
        getSession<Shop>(event).increment('views');
        throw createError({ statusCode: 418 });
      },
      { onError: () => undefined },
    );
    const { status, headers } = await fetch(origin);
    expect([status, headers.getSetCookie().length]).toEqual([418, 1]);
  });
});
