import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { sessionListener } from '../../src/adapters/node.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { adapterSuite } from '../../src/testing/adapter-suite.js';
import { createClient } from '../../src/testing/client.js';
import { listen, sendReply, suiteRequest } from './reply.js';
import { collectWarnings, serve } from './serve.js';

describe('contract', () => {
  adapterSuite({
    test,
    start: ({ sessions, handle }) =>
      listen(
        sessionListener(sessions, async (request, response, session) =>
          sendReply(response, await handle(suiteRequest(request), session)),
        ),
      ),
  });
});

describe('errors of the listener', () => {
  test.each([
    [404, 'Not Found\n', 0],
    [503, 'Service Unavailable\n', 0],
    [200, 'Internal Server Error\n', 1],
    ['x', 'Internal Server Error\n', 1],
    [undefined, 'Internal Server Error\n', 1],
  ])('status %s', async (status, text, warned) => {
    const warnings = collectWarnings();
    const { client } = await serve((_request, response) => {
      response.statusCode = 302;
      response.setHeader('Location', '/next');
      response.setHeader('Content-Length', 2);
      throw Object.assign(new Error('thrown'), { status });
    });
    const response = await client.get('/');
    expect(await response.text()).toBe(text);
    expect(response.headers.get('location')).toBeNull();
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-sid=/)]);
    await vi.waitFor(() => expect(warnings).toHaveLength(warned));
  });
});

test('a method of the response that was taken before the session was looked at holds the response as well', async () => {
  const sessions = createSessions<{ views: number }>({ store: memoryStore() });
  const server = await listen(
    sessionListener(sessions, (_request, response, session) => {
      response.end(`${session.increment('views')}`);
    }),
  );
  onTestFinished(server.stop);
  const client = createClient(server);
  for (const views of ['1', '2', '3']) {
    const response = await client.get('/');
    expect(await response.text()).toBe(views);
    expect(response.headers.get('vary')).toBe('Cookie');
  }
});
