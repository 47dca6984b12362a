import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { session as dropIn } from '../../src/dialects/express-session.js';
import { createSessions } from '../../src/index.js';
import {
  type ObservedStore,
  observedStore,
} from '../../src/testing/adapter-cases/observed-store.js';
import { createClient } from '../../src/testing/client.js';
import { listen } from './reply.js';

/** The compression and the csurf of its time, which are the least careful ones. */
const { compress, csrf } = createRequire(import.meta.url)('express3') as {
  compress(): RequestHandler;
  csrf(): RequestHandler;
};

const native = (store: ObservedStore): RequestHandler =>
  sessionMiddleware(createSessions({ store, cookie: { secure: 'auto' } })) as RequestHandler;

async function serve(mount: (app: Express, store: ObservedStore) => void) {
  const store = observedStore(Date.now);
  const app = express();
  app.set('env', 'test');
  mount(app, store);
  const server = await listen(app);
  onTestFinished(server.stop);
  return { store, origin: server.origin, client: createClient(server) };
}

describe.each<[string, (store: ObservedStore) => RequestHandler, (session: unknown) => void]>([
  ['sojourn/express', native, (session) => void (session as Map<string, number>).set('seen', 1)],
  [
    'sojourn/express-session',
    (store) =>
      dropIn({
        secret: 'k3Jx9aQpLwZ2vT7nB5yR8mD1cF4gH6sE0uI',
        resave: false,
        saveUninitialized: false,
        store,
      }) as unknown as RequestHandler,
    (session) => void Object.assign(session as object, { seen: 1 }),
  ],
])('compression with %s', (_name, middleware, change) => {
  test.each([
    ['in front', 'write'],
    ['in front', 'flushHeaders'],
    ['behind', 'write'],
    ['behind', 'flushHeaders'],
  ])('%s: events arrive whole, and each when it is flushed (%s first)', async (place, first) => {
    let text = '';
    const { origin } = await serve((app, store) => {
      const release = store.hold('create');
      const [session, compression] = [middleware(store), compress()];
      app.use(place === 'behind' ? [session, compression] : [compression, session]);
      app.get('/', async (request, response) => {
        change(request.session);
        response.setHeader('Content-Type', 'text/event-stream');
        if (first === 'flushHeaders') response.flushHeaders();
        for (let event = 0; event < 3; event++) {
          response.write(`data: ${event}\n\n`);
          (response as unknown as { flush(): void }).flush();
          release();
          await vi.waitFor(() => expect(text).toContain(`data: ${event}`), 5_000);
        }
        response.end();
      });
    });
    const response = await answerOf(`${origin}/`);
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(response.headers['set-cookie']).toHaveLength(1);
    for await (const chunk of response.pipe(createGunzip())) text += chunk;
    expect(text).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n');
  });

  /** As it comes; `fetch` would decode it. */
  async function answerOf(url: string): Promise<IncomingMessage> {
    const [response] = await once(get(url, { headers: { 'accept-encoding': 'gzip' } }), 'response');
    return response;
  }
});

test('an answer that was given arrives, though its handler fails while it is held and Express answers errors', async () => {
  const { client, store } = await serve((app, store) => {
    app.use(native(store)).get('/', async (request, response) => {
      request.session.set('seen', 1);
      response.json({ ok: true });
      await Promise.resolve();
      throw new Error('thrown after the answer');
    });
  });
  const release = store.hold('create');
  const answer = client.get('/');
  await store.called('create');
  await new Promise((resolve) => setImmediate(resolve));
  release();
  expect(await (await answer).json()).toEqual({ ok: true });
});

test('a file that was piped into a lost answer is closed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lost-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'big');
  await writeFile(path, Buffer.alloc(5 << 20));
  const closed: Promise<unknown>[] = [];
  const { client, store } = await serve((app, store) => {
    app.use(native(store)).get('/', (request, response) => {
      request.session.set('seen', 1);
      const file = createReadStream(path);
      closed.push(once(file, 'close'));
      file.pipe(response);
    });
  });
  store.fail('create');
  for (let count = 0; count < 5; count++) {
    const response = await client.get('/');
    expect(response.status).toBe(503);
    await response.text();
  }
  expect(closed).toHaveLength(5);
  await Promise.all(closed);
});

describe('middleware for the session of express-session fails on ours, and is told the way out', () => {
  const say: ErrorRequestHandler = (error, _request, response, _next) =>
    void response.status(500).send(error.message);

  test('passport.session()', async () => {
    const own = new passport.Passport();
    own.use(new Strategy((id, _password, done) => done(null, { id })));
    own.serializeUser((user, done) => done(null, user));
    const { client } = await serve((app, store) => {
      app.use(native(store), express.urlencoded(), own.session());
      app.post('/', own.authenticate('local'), (_request, response) => void response.send('in'));
      app.use(say);
    });
    const body = new URLSearchParams({ username: 'ada', password: 'x' });
    const response = await client.post('/', { body });
    expect(response.status).toBe(500);
    expect(await response.text()).toMatch(/takes no callback.*sojourn\/express-session/);
  });

  test('csurf', async () => {
    const { client } = await serve((app, store) => {
      app.use(native(store), csrf());
      app.get('/', (request, response) => {
        response.send((request as unknown as { csrfToken(): string }).csrfToken());
      });
      app.use(say);
    });
    const response = await client.get('/');
    expect(response.status).toBe(500);
    expect(await response.text()).toMatch(/"csrfSecret".*sojourn\/express-session/);
  });
});
