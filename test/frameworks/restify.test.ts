import { Readable } from 'node:stream';
import { createServer, type Next, type Request, type Response, type Server } from 'restify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { createSessions, type Session, session } from '../../src/index.js';
import { observedStore } from '../../src/testing/adapter-cases/observed-store.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { createClient } from '../../src/testing/client.js';
import { listen, sendReply, suiteRequest } from '../adapters/reply.js';

const METHODS = ['get', 'post', 'put', 'patch', 'del', 'head', 'opts'] as const;

function listening(server: Server) {
  return listen((server as unknown as { server: Parameters<typeof listen>[0] }).server);
}

adapterSuite({
  test,
  start: ({ sessions, handle }) => {
    const server = createServer();
    server.use(sessionMiddleware(sessions));
    for (const method of METHODS)
      server[method]('/*', async (request: Request, response: Response) => {
        const { session: own } = request as unknown as { session: Session<SuiteData> };
        await sendReply(response, await handle(suiteRequest(request), own));
      });
    return listening(server);
  },
});

interface Shop {
  views: number;
}

async function shop(
  mount: (server: Server, sessions: ReturnType<typeof createSessions<Shop>>) => void,
) {
  const store = observedStore(Date.now);
  const sessions = createSessions<Shop>({ store });
  const server = createServer();
  server.use(sessionMiddleware(sessions));
  mount(server, sessions);
  const running = await listening(server);
  onTestFinished(running.stop);
  return { client: createClient(running), sessions, store, origin: running.origin };
}

describe('in the habit of Restify', () => {
  test('res.send in an asynchronous handler and in one with next: stored, with the cookie', async () => {
    const { client } = await shop((server, sessions) => {
      server.get('/async', async (request: Request, response: Response) => {
        response.send({ views: sessions.of(request).increment('views') });
      });
      server.get('/next', (request: Request, response: Response, next: () => void) => {
        response.send(201, { views: sessions.of(request).increment('views') });
        next();
      });
      server.get('/go', (request: Request, response: Response, next: Next) => {
        sessions.of(request).increment('views');
        response.redirect('/async', next);
      });
    });
    const first = await client.get('/async');
    expect([await first.json(), first.headers.getSetCookie().length]).toEqual([{ views: 1 }, 1]);
    const second = await client.get('/next');
    expect([second.status, await second.json()]).toEqual([201, { views: 2 }]);
    const third = await client.get('/go', { redirect: 'manual' });
    expect([third.status, third.headers.get('location')]).toEqual([302, '/async']);
    expect(await (await client.get('/async')).json()).toEqual({ views: 4 });
  });

  test('an error page of Restify is stored, and its events see the session', async () => {
    const seen: unknown[] = [];
    const { client } = await shop((server, sessions) => {
      server.get('/fails', async (request: Request) => {
        sessions.of(request).increment('views');
        throw new Error('no stock');
      });
      server.on('restifyError', (request, _response, _error, next) => {
        seen.push(sessions.of(request).get('views'));
        next();
      });
    });
    const first = await client.get('/fails');
    expect([first.status, await first.text()]).toEqual([500, expect.stringContaining('no stock')]);
    expect(first.headers.getSetCookie().length).toBe(1);
    await client.get('/fails');
    expect(seen).toEqual([1, 2]);
  });

  test('a session that cannot be stored is answered by Restify with its status, without the lost answer', async () => {
    const { client, store } = await shop((server, sessions) => {
      server.get('/', async (request: Request, response: Response) => {
        sessions.of(request).increment('views');
        response.header('X-Lost', '1');
        response.redirect(303, '/paid', (() => undefined) as never);
      });
      server.on('restifyError', (_request, _response, error, next) => {
        error.toJSON = () => ({ message: 'Please try again.' });
        next();
      });
    });
    store.fail('create');
    const response = await client.get('/', { redirect: 'manual' });
    expect([response.status, await response.json()]).toEqual([
      503,
      { message: 'Please try again.' },
    ]);
    expect(['x-lost', 'location', 'set-cookie'].map((name) => response.headers.get(name))).toEqual([
      null,
      null,
      null,
    ]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('session() and current() are in handlers, also after a body', async () => {
    const seen: boolean[] = [];
    const { client, sessions } = await shop((server, own) => {
      server.use((request: Request, _response: Response, next: () => void) => {
        seen.push(own.current() === own.of(request));
        next();
      });
      server.post('/', async (request: Request, response: Response) => {
        for await (const _chunk of Readable.from(request)) await Promise.resolve();
        seen.push(session() === (own.of(request) as unknown));
        response.send(204);
      });
    });
    expect((await client.request('/', { method: 'POST', body: 'a' })).status).toBe(204);
    expect(seen).toEqual([true, true]);
    expect(sessions.present()).toBeUndefined();
  });

  test('a request to itself with the same cookies keeps both changes', async () => {
    const { client, sessions } = await shop((server, own) => {
      server.get('/inner', async (request: Request, response: Response) => {
        response.send({ views: own.of(request).increment('views') });
      });
      server.get('/outer', async (request: Request, response: Response) => {
        own.of(request).increment('views');
        response.send(await (await client.get('/inner')).json());
      });
    });
    await client.get('/inner');
    await client.get('/outer');
    expect(await (await client.get('/inner')).json()).toEqual({ views: 4 });
    expect(await sessions.count()).toBe(1);
  });
});
