import { Readable } from 'node:stream';
import { server as createServer, type Request, type ServerInjectResponse } from '@hapi/hapi';
import { describe, expect, test } from 'vitest';
import { hapiSession } from '../../src/adapters/hapi.js';
import { createSessions, type Session, session } from '../../src/index.js';
import { observedStore } from '../../src/testing/adapter-cases/observed-store.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';

adapterSuite({
  test,
  start: async ({ sessions, handle }) => {
    const server = createServer({
      port: 0,
      host: '127.0.0.1',
      debug: false,
      compression: false,
      // hapi refuses cookies that it cannot parse, and says no-cache of each response.
      routes: { state: { parse: false }, cache: false },
    });
    await server.register(hapiSession(sessions));
    server.route({
      method: '*',
      path: '/{path*}',
      handler: async (request: Request, toolkit) => {
        const {
          status,
          headers,
          body = '',
        } = await handle(
          { method: request.method.toUpperCase(), path: request.path },
          (request as unknown as { session: Session<SuiteData> }).session,
        );
        const response = toolkit
          .response(typeof body === 'string' ? body : Readable.from(body, { objectMode: false }))
          .charset('')!
          .code(status);
        for (const [name, value] of headers)
          response.header(name, value, { append: true, separator: ', ' });
        return response;
      },
    });
    await server.start();
    const { uri } = server.info;
    return { origin: uri, stop: () => server.stop({ timeout: 100 }) };
  },
});

interface Shop {
  views: number;
}

/** A server of hapi with sessions, not listening: `inject` needs no port. */
async function shop() {
  const store = observedStore(Date.now);
  const sessions = createSessions<Shop>({ store });
  const server = createServer({
    host: 'localhost',
    debug: false,
    routes: { state: { parse: false } },
  });
  await server.register(hapiSession(sessions));
  server.route({
    method: 'GET',
    path: '/',
    handler: (request) => String(sessions.of(request).increment('views')),
  });
  return { server, sessions, store };
}

function cookieOf(response: ServerInjectResponse): string {
  return [response.headers['set-cookie'] ?? []].flat().join().split(';')[0] ?? '';
}

describe('in the habit of hapi', () => {
  test('server.inject keeps the visitor by the cookie that it is given', async () => {
    const { server } = await shop();
    const first = await server.inject('/');
    const second = await server.inject({ url: '/', headers: { cookie: cookieOf(first) } });
    expect([first.payload, second.payload]).toEqual(['1', '2']);
  });

  test('an onPreResponse in front makes the error page of a handler, which gets the cookie', async () => {
    const sessions = createSessions<Shop>({ store: observedStore(Date.now) });
    const server = createServer({ host: 'localhost', debug: false });
    server.ext('onPreResponse', ({ response }, toolkit) =>
      response instanceof Error
        ? toolkit.response(`own page: ${response.message}`).code(response.output.statusCode)
        : toolkit.continue,
    );
    await server.register(hapiSession(sessions));
    server.route({
      method: 'GET',
      path: '/',
      handler: (request) => {
        throw new Error(`visit ${sessions.of(request).increment('views')}`);
      },
    });
    const first = await server.inject('/');
    expect([first.statusCode, first.payload]).toEqual([500, 'own page: visit 1']);
    const next = await server.inject({ url: '/', headers: { cookie: cookieOf(first) } });
    expect(next.payload).toBe('own page: visit 2');
  });

  test('an onPreResponse after the plugin sees the error of a handler', async () => {
    const { server } = await shop();
    const seen: unknown[] = [];
    server.ext('onPreResponse', ({ response }, toolkit) => {
      if (response instanceof Error) seen.push(response.message);
      return toolkit.continue;
    });
    server.route({
      method: 'GET',
      path: '/fails',
      handler: () => {
        throw new Error('no stock');
      },
    });
    expect((await server.inject('/fails')).statusCode).toBe(500);
    expect(seen).toEqual(['no stock']);
  });

  test('a session that cannot be stored is answered by hapi, without a cookie', async () => {
    const { server, store } = await shop();
    store.fail('create');
    const { statusCode, headers } = await server.inject('/');
    expect([statusCode, headers['cache-control']]).toEqual([503, 'no-store']);
    expect(headers['set-cookie']).toBeUndefined();
  });

  test('session() and current() are in handlers and in extensions', async () => {
    const { server, sessions } = await shop();
    const seen: unknown[] = [];
    server.ext('onPreHandler', (request, toolkit) => {
      seen.push(sessions.current() === sessions.of(request));
      return toolkit.continue;
    });
    server.route({
      method: 'GET',
      path: '/seen',
      handler: async (request) => {
        await Promise.resolve();
        seen.push(session() === (sessions.of(request) as unknown));
        return '';
      },
    });
    await server.inject('/seen');
    expect(seen).toEqual([true, true]);
    expect(sessions.present()).toBeUndefined();
  });

  test('a request to itself with the same cookies shares the session, and keeps both changes', async () => {
    const { server, sessions } = await shop();
    server.route({
      method: 'GET',
      path: '/outer',
      handler: async (request) => {
        const cookie = String(request.headers.cookie);
        const inner = await server.inject({ url: '/', headers: { cookie } });
        expect(inner.headers['set-cookie']).toBeUndefined();
        return String(sessions.of(request).increment('views'));
      },
    });
    const cookie = cookieOf(await server.inject('/'));
    await server.inject({ url: '/outer', headers: { cookie } });
    expect((await server.inject({ url: '/', headers: { cookie } })).payload).toBe('4');
    expect(await sessions.count()).toBe(1);
  });
});
