import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono } from 'hono';
import { describe, test } from 'vitest';
import { honoSession, type SessionVariables } from '../../src/adapters/hono.js';
import {
  type AdapterContext,
  adapterSuite,
  type SuiteData,
} from '../../src/testing/adapter-suite.js';

function appOf(
  { sessions, handle }: AdapterContext,
  connection?: Parameters<typeof honoSession>[1],
) {
  const app = new Hono<{ Variables: SessionVariables<SuiteData> }>();
  app.use(honoSession(sessions, connection as never));
  app.all('*', async (c) => {
    const { status, headers, body, isThrown } = await handle(
      { method: c.req.method, path: c.req.path },
      c.var.session,
    );
    const stream = typeof body === 'object' ? (ReadableStream.from(body) as ReadableStream) : body;
    const response = new Response(stream ?? null, {
      status,
      headers: headers.map(([n, v]) => [n, v]),
    });
    if (isThrown) throw Object.assign(new Error('thrown'), { getResponse: () => response });
    return response;
  });
  return app;
}

describe('app.request', () => {
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
    },
  });
});

describe('@hono/node-server', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const app = appOf(context, {
        connection: (c: never) => ({ remoteAddress: getConnInfo(c).remote.address }),
      } as never);
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
      await once(server, 'listening');
      return {
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        stop: async () => {
          server.closeAllConnections();
          server.close();
        },
      };
    },
  });
});
