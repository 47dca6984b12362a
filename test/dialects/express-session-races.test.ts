import { describe, expect, test } from 'vitest';
import { session } from '../../src/dialects/express-session.js';
import { memoryStore } from '../../src/stores/memory.js';
import {
  type App,
  ask,
  cookieOf,
  type Handler,
  idOf,
  original,
  quiet,
  serve,
} from './express-session/apps.js';
import { type Gate, gate } from './gate.js';

/**
 * An app whose requests to `/slow...` wait, once they have their session, until they are let go.
 */
async function slowApp(
  use: typeof session,
  options: NonNullable<Parameters<typeof session>[0]>,
  handler: Handler,
): Promise<{
  app: App;
  slow(path: string, cookie: string | undefined): Promise<{ finish(): Promise<unknown> }>;
}> {
  const gates = new Map<string, Gate>();
  const app = await serve(use, { ...quiet, ...options }, async (request, response) => {
    const waiting = gates.get(request.url ?? '');
    waiting?.reach();
    await waiting?.isOpen;
    await handler(request, response);
  });
  return {
    app,
    async slow(path, cookie) {
      const waiting = gate();
      gates.set(path, waiting);
      const answer = app.get(path, { cookie });
      await waiting.isReached;
      return {
        finish() {
          waiting.open();
          return answer;
        },
      };
    },
  };
}

/** `/set/<key>` sets a key, `/logout` ends the session; all answer with the keys. */
const keysHandler: Handler = async (request, response) => {
  const [, verb, key] = (request.url ?? '').split('/');
  if (verb === 'logout') await ask((done) => request.session.destroy(done));
  else if (key !== undefined) request.session[key] = true;
  response.end(JSON.stringify(Object.keys(request.session ?? {}).sort()));
};

describe('two requests of one visitor at once', () => {
  /** Runs both orders of what the original loses, and tells what is stored in the end. */
  async function race(
    use: typeof session,
    options: object,
    first: string,
    second: string,
  ): Promise<string[] | undefined> {
    const store = new use.MemoryStore();
    const { app, slow } = await slowApp(use, { store, ...options }, keysHandler);
    const cookie = cookieOf(await app.get('/set/user'));
    const waiting = await slow(first, cookie);
    await app.get(second, { cookie });
    await waiting.finish();
    const stored = await ask<object | null>((done) => store.get(idOf(cookie), done as never));
    return stored ? Object.keys(stored).sort() : undefined;
  }

  const settings = [
    { resave: false },
    { resave: true },
    { resave: true, saveUninitialized: true, rolling: true, cookie: { maxAge: 60_000 } },
  ];

  test.each(settings)('V-02: both keep what they changed: %o', async (options) => {
    expect(await race(session, options, '/set/slow', '/set/quick')).toEqual([
      'cookie',
      'quick',
      'slow',
      'user',
    ]);
    expect(await race(original, options, '/set/slow', '/set/quick')).toEqual([
      'cookie',
      'slow',
      'user',
    ]);
  });

  test.each(settings)('V-01: a session that one of them ended stays ended: %o', async (options) => {
    expect(await race(session, options, '/set/slow', '/logout')).toBeUndefined();
    expect(await race(original, options, '/set/slow', '/logout')).toEqual([
      'cookie',
      'slow',
      'user',
    ]);
  });

  test('V-01: one that only reads does not bring it back either, and sends no cookie', async () => {
    const options = { ...quiet, resave: true, rolling: true };
    const { app, slow } = await slowApp(
      session,
      { ...options, store: new session.MemoryStore() },
      keysHandler,
    );
    const cookie = cookieOf(await app.get('/set/user'));
    const waiting = await slow('/slow', cookie);
    await app.get('/logout', { cookie });
    expect(await waiting.finish()).toMatchObject({ status: 200, setCookie: [] });
    expect(await app.get('/read', { cookie })).toMatchObject({ text: '["cookie"]' });
  });

  test('what the other one stored is seen after save', async () => {
    const { app, slow } = await slowApp(
      session,
      { store: new session.MemoryStore() },
      async (request, response) => {
        request.session[request.url ?? ''] = true;
        if (request.url === '/quick') delete request.session.old;
        await request.session.save();
        response.end(JSON.stringify(Object.keys(request.session).sort()));
      },
    );
    const cookie = cookieOf(await app.get('/old'));
    const waiting = await slow('/slow', cookie);
    await app.get('/quick', { cookie });
    expect(await waiting.finish()).toMatchObject({ text: '["/old","/quick","/slow","cookie"]' });
  });

  test('a cookie that one of them made last longer stays so', async () => {
    const store = new session.MemoryStore();
    const { app, slow } = await slowApp(
      session,
      { store, cookie: { maxAge: 60_000 } },
      (request, response) => {
        if (request.url === '/remember') request.session.cookie.maxAge = 3_600_000;
        request.session[request.url ?? ''] = true;
        response.end();
      },
    );
    const cookie = cookieOf(await app.get());
    const waiting = await slow('/slow', cookie);
    await app.get('/remember', { cookie });
    await waiting.finish();
    expect(await ask((done) => store.get(idOf(cookie), done))).toMatchObject({
      cookie: { originalMaxAge: 3_600_000 },
    });
  });

  test('twenty at once, through two middlewares on one store: each key is there', async () => {
    const store = new session.MemoryStore();
    const apps = [
      await serve(session, { ...quiet, store }, keysHandler),
      await serve(session, { ...quiet, store }, keysHandler),
    ];
    const cookie = cookieOf(await apps[0]!.get('/set/user'));
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => apps[index % 2]!.get(`/set/${index}`, { cookie })),
    );
    const stored = await ask<object>((done) => store.get(idOf(cookie), done as never));
    expect(Object.keys(stored ?? {})).toHaveLength(22);
  });
});

describe('over a store of Sojourn', () => {
  test('V-02: all is merged whoever writes, as nothing is written without comparing', async () => {
    const store = memoryStore();
    const apps = [
      await serve(session, { ...quiet, store }, keysHandler),
      await serve(session, { ...quiet, store }, keysHandler),
    ];
    const first = await apps[0]!.get('/set/user');
    const cookie = cookieOf(first);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => apps[index % 2]!.get(`/set/${index}`, { cookie })),
    );
    expect(JSON.parse((await apps[0]!.get('/read', { cookie })).text)).toHaveLength(22);
    await apps[1]!.get('/logout', { cookie });
    expect((await apps[0]!.get('/read', { cookie })).text).toBe('["cookie"]');
    expect(await store.count?.()).toBe(0);
  });

  test('a session ends when its cookie does', async () => {
    let now = Date.now();
    const store = memoryStore({ now: () => now });
    const app = await serve(session, { ...quiet, store, cookie: { maxAge: 60_000 } }, keysHandler);
    const cookie = cookieOf(await app.get('/set/user'));
    now += 61_000;
    expect((await app.get('/read', { cookie })).text).toBe('["cookie"]');
  });

  test('an id that is taken takes the session over, as ever', async () => {
    const app = await serve(
      session,
      { ...quiet, store: memoryStore(), genid: () => 'apple' },
      keysHandler,
    );
    const first = await app.get('/set/one');
    expect((await app.get('/set/two')).text).toBe('["cookie","two"]');
    expect((await app.get('/read', { cookie: cookieOf(first) })).text).toBe('["cookie","two"]');
  });
});
