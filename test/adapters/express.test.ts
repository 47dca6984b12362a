import { Readable } from 'node:stream';
import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import express5 from 'express';
import express4 from 'express4';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { createSessions, type Session, type Sessions, session } from '../../src/index.js';
import {
  type ObservedStore,
  observedStore,
} from '../../src/testing/adapter-cases/observed-store.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { listen, sendReply, suiteRequest } from './reply.js';

const versions = { 'Express 4': express4 as unknown as typeof express5, 'Express 5': express5 };

test('the middleware is one to the types of both versions', () => {
  const middleware = sessionMiddleware(createSessions({ store: observedStore(Date.now) }));
  expect(express4().use(middleware)).toBeTypeOf('function');
  expect(express5().use('/shop', middleware)).toBeTypeOf('function');
});

describe.each(Object.entries(versions))('%s', (_name, express) => {
  describe('contract', () => {
    adapterSuite({
      test,
      start: ({ sessions, handle }) => {
        const app = express();
        app.set('env', 'test').disable('x-powered-by');
        app.use(sessionMiddleware(sessions));
        app.use((request, response, next) => {
          handle(suiteRequest(request), request.session as unknown as Session<SuiteData>)
            .then((reply) => sendReply(response, reply))
            .catch(next);
        });
        return listen(app);
      },
    });
  });

  async function serve(
    mount: (app: Express) => void,
  ): Promise<{ client: Client; store: ObservedStore; sessions: Sessions }> {
    const store = observedStore(Date.now);
    const sessions = createSessions({ store });
    const app = express();
    app.set('env', 'test');
    app.use((_request, response, next) => {
      response.locals.early = 'kept';
      response.setHeader('X-Early', 'kept');
      next();
    });
    app.use(sessionMiddleware(sessions));
    app.use(({ session }, _response, next) => {
      session.increment('views');
      next();
    });
    mount(app);
    const server = await listen(app);
    onTestFinished(server.stop);
    return { client: createClient(server), store, sessions };
  }

  describe('a commit that fails reaches the error middleware once, with status 503', () => {
    const handlers: [string, RequestHandler][] = [
      ['send', (_request, response) => void response.status(201).set('X-Lost', '1').send('lost')],
      ['redirect', (_request, response) => response.redirect('/lost')],
      [
        'json, later',
        (_request, response) => void setImmediate(() => response.json({ lost: true })),
      ],
      [
        'an async handler',
        async (_request, response) => {
          await Promise.resolve();
          response.send('lost');
        },
      ],
      ['a stream', (_request, response) => void Readable.from(['lost', 'lost']).pipe(response)],
      ['sendFile', (_request, response) => response.sendFile(import.meta.filename)],
      ['end without a body', (_request, response) => void response.sendStatus(204)],
    ];

    test.each(handlers)('%s', async (_form, handler) => {
      const seen: unknown[] = [];
      const answer: ErrorRequestHandler = (error, request, response, _next) => {
        seen.push([
          error.code,
          error.status,
          response.statusCode,
          response.headersSent,
          response.locals.early,
          request.session === session(),
        ]);
        response.type('text').send('error page');
      };
      const { client, store } = await serve((app) => app.get('/', handler).use(answer));
      store.fail('create');
      const response = await client.get('/');
      expect(response.status).toBe(503);
      expect(await response.text()).toBe('error page');
      expect(response.headers.get('x-early')).toBe('kept');
      expect(response.headers.get('x-lost')).toBeNull();
      expect(response.headers.get('location')).toBeNull();
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(seen).toEqual([['store-failed', 503, 503, false, 'kept', true]]);
      expect(store.calls).toEqual(['create']);
    });

    test.each(handlers)('and Express answers when there is none: %s', async (_form, handler) => {
      const { client, store } = await serve((app) => app.get('/', handler));
      store.fail('create');
      const response = await client.get('/');
      expect(response.status).toBe(503);
      expect(await response.text()).not.toContain('lost<');
      store.heal();
      expect((await client.get('/', { redirect: 'manual' })).status).toBeLessThan(400);
    });

    test('an error in the error middleware is answered by Express', async () => {
      const fail: ErrorRequestHandler = (_error, _request, _response, _next) => {
        throw new Error('no page for this');
      };
      const { client, store } = await serve((app) =>
        app.get('/', (_request, response) => void response.send('lost')).use(fail),
      );
      store.fail('create');
      const response = await client.get('/');
      expect(response.status).toBe(503);
      expect(await response.text()).toContain('no page for this');
    });
  });

  test('a session that cannot be read reaches the error middleware, and no handler', async () => {
    const seen: unknown[] = [];
    const answer: ErrorRequestHandler = (error, request, response, _next) => {
      seen.push(error.code, request.session);
      response.sendStatus(error.status);
    };
    const { client, store } = await serve((app) =>
      app.get('/', (_request, response) => void response.send('page')).use(answer),
    );
    await client.get('/');
    store.fail('read');
    expect((await client.get('/')).status).toBe(503);
    expect(seen).toEqual(['store-failed', undefined]);
  });

  test('what next throws is not handed to next again', async () => {
    const calls: unknown[][] = [];
    const middleware = sessionMiddleware(createSessions({ store: observedStore(Date.now) }));
    const request = { headers: {}, socket: {} };
    const { response } = await captured();
    const next = (...parameters: unknown[]): void => {
      calls.push(parameters);
      throw new Error('thrown by next');
    };
    const thrown = uncaught();
    expect(middleware(request, response, next)).toBeUndefined();
    expect(await thrown).toEqual(new Error('thrown by next'));
    expect(calls).toEqual([[]]);
  });

  /** The next error that nobody caught, which would end a process. */
  function uncaught(): Promise<unknown> {
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    onTestFinished(() => {
      process.removeAllListeners('unhandledRejection');
      for (const other of others) process.on('unhandledRejection', other);
    });
    return new Promise((resolve) => process.once('unhandledRejection', resolve));
  }

  test('V-31: the middleware is a plain function, as Restify asks', () => {
    const middleware = sessionMiddleware(createSessions({ store: observedStore(Date.now) }));
    expect(middleware).toHaveLength(3);
    expect(middleware.constructor).toBe(Function);
  });

  /** A real response that nobody answers. */
  async function captured(): Promise<{
    response: Parameters<ReturnType<typeof sessionMiddleware>>[1];
  }> {
    const { ServerResponse, IncomingMessage } = await import('node:http');
    const { Socket } = await import('node:net');
    return { response: new ServerResponse(new IncomingMessage(new Socket())) };
  }

  test('the session serves a mounted router, conditional requests and res.locals', async () => {
    const { client } = await serve((app) => {
      const shop = express.Router();
      shop.get(
        '/page',
        (request, response) =>
          void response.send(`${request.session.get('fixed', 'page')} ${response.locals.early}`),
      );
      app.use('/shop', shop);
    });
    const first = await client.get('/shop/page');
    expect(await first.text()).toBe('page kept');
    const headers = {
      'if-none-match': first.headers.get('etag') ?? '',
      'cache-control': 'max-age=0',
    };
    const second = await client.get('/shop/page', { headers });
    expect(second.status).toBe(304);
    expect(second.headers.get('vary')).toBe('Cookie');
  });
});
