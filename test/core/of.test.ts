import { createServer, type IncomingMessage } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { sessionHandler } from '../../src/adapters/fetch.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { listen } from '../adapters/reply.js';

test('of gives the session that an adapter put on the request', async () => {
  const sessions = createSessions<{ views: number }>({ store: memoryStore() });
  const others = createSessions({ store: memoryStore() });
  const middleware = sessionMiddleware(sessions);
  const { origin, stop } = await listen(
    createServer((request, response) =>
      middleware(request, response, () => {
        const session = sessions.of(request);
        expect(session).toBe((request as IncomingMessage & { session?: unknown }).session);
        expect(session.increment('views')).toBe(1);
        expect(() => others.of(request)).toThrow(/^The request has no session of these sessions/);
        response.end('ok');
      }),
    ),
  );
  onTestFinished(stop);
  expect(await (await fetch(origin)).text()).toBe('ok');
});

test.each([{}, { session: undefined }, { session: { views: 1 } }])(
  'of throws for a request that no adapter saw: %j',
  (request) => {
    const sessions = createSessions({ store: memoryStore() });
    expect(() => sessions.of(request)).toThrow(expect.objectContaining({ code: 'no-session' }));
  },
);

test('of tells where the session of a web Request is', async () => {
  const sessions = createSessions({ store: memoryStore() });
  const request = new Request('https://shop.example/');
  const handler = sessionHandler(sessions, (asked) => new Response(String(sessions.of(asked))), {
    onError: (error) => new Response(error instanceof Error ? error.message : ''),
  });
  expect(await (await handler(request)).text()).toMatch(/^A web Request carries no session/);
});
