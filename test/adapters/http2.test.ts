import { once } from 'node:events';
import {
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sessionListener } from '../../src/adapters/node.js';
import { createSessions } from '../../src/index.js';
import { observedStore } from '../../src/testing/adapter-cases/observed-store.js';
import { type AdapterUnderTest, adapterSuite } from '../../src/testing/adapter-suite.js';
import { createClient } from '../../src/testing/client.js';
import { http2Fetch, http2Session } from './http2-client.js';
import { sendReply, suiteRequest } from './reply.js';

async function listenHttp2(
  listener: Parameters<typeof createServer>[1],
): Promise<AdapterUnderTest> {
  const server = createServer({}, listener);
  const connections = new Set<ServerHttp2Session>();
  server.on('session', (session) => connections.add(session));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const session = await http2Session(origin);
  return {
    origin,
    fetch: http2Fetch(session),
    stop: async () => {
      session.destroy();
      for (const connection of connections) connection.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('contract', () => {
  adapterSuite({
    test,
    start: ({ sessions, handle }) =>
      listenHttp2(
        sessionListener(sessions, async (request, response, session) =>
          sendReply(response, await handle(suiteRequest(request), session)),
        ),
      ),
  });
});

describe('V-31: the compatibility API', () => {
  test.each<[string, (response: Http2ServerResponse) => void]>([
    [
      'writeHead with an object',
      (response) =>
        response.writeHead(201, { 'x-one': '1', 'set-cookie': ['theme=dark'] }).end('page'),
    ],
    [
      'writeHead, then writes',
      (response) => {
        response.writeHead(201, { 'x-one': '1', 'set-cookie': 'theme=dark' });
        response.write('pa');
        response.end('ge');
      },
    ],
    [
      'setHeader and end',
      (response) => {
        response.statusCode = 201;
        response.setHeader('x-one', '1');
        response.setHeader('set-cookie', 'theme=dark');
        response.end(Buffer.from('page'));
      },
    ],
    [
      'early hints',
      (response) => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' });
        response.writeHead(201, { 'x-one': '1', 'set-cookie': 'theme=dark' });
        response.end('page');
      },
    ],
  ])('%s', async (_form, answer) => {
    const store = observedStore(Date.now);
    const listener = sessionListener(
      createSessions({ store }),
      (_request: Http2ServerRequest, response: Http2ServerResponse, session) => {
        session.increment('views');
        answer(response);
      },
    );
    const { stop, ...server } = await listenHttp2(listener);
    onTestFinished(stop);
    const client = createClient(server);
    const response = await client.get('/');
    expect(response.status).toBe(201);
    expect(await response.text()).toBe('page');
    expect(response.headers.get('x-one')).toBe('1');
    expect(response.headers.getSetCookie()).toEqual([
      'theme=dark',
      expect.stringMatching(/^__Host-sid=/),
    ]);
    store.fail('update');
    const lost = await client.get('/');
    expect(lost.status).toBe(503);
    expect(await lost.text()).toBe('Service Unavailable\n');
    expect(lost.headers.getSetCookie()).toEqual([]);
    expect(store.calls).toEqual(['create', 'read', 'update']);
  });
});
