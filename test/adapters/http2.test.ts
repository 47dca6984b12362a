import { once } from 'node:events';
import { createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'vitest';
import { sessionListener } from '../../src/adapters/node.js';
import { type AdapterUnderTest, adapterSuite } from '../../src/testing/adapter-suite.js';
import { http2Fetch, http2Session } from './http2-client.js';
import { sendReply, suiteRequest } from './reply.js';

async function listenHttp2(listener: Parameters<typeof createServer>[1]): Promise<AdapterUnderTest> {
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
