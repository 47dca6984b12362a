import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { streamText } from 'hono/streaming';
import { describe, expect, test } from 'vitest';
import { honoSession, type SessionVariables } from '../../src/adapters/hono.js';
import { createSessions, isSessionError, session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import {
  type AdapterContext,
  adapterSuite,
  type SuiteData,
} from '../../src/testing/adapter-suite.js';
import { listen } from '../adapters/reply.js';
import { calledDirectly, toResponse, WITHOUT_SERVER } from '../adapters/web-reply.js';

function appOf(
  { sessions, handle }: AdapterContext,
  connection?: Parameters<typeof honoSession>[1],
) {
  const app = new Hono<{ Variables: SessionVariables<SuiteData> }>();
  app.use(honoSession(sessions, connection as never));
  app.all('*', async (c) => {
    const reply = await handle({ method: c.req.method, path: c.req.path }, c.var.session);
    const response = toResponse(reply);
    if (reply.isThrown) throw Object.assign(new Error('thrown'), { getResponse: () => response });
    return response;
  });
  return app;
}

describe('app.request', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const app = appOf(context);
      return calledDirectly((request) => app.request(request));
    },
    differences: WITHOUT_SERVER,
  });
});

describe('@hono/node-server', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const app = appOf(context, {
        connection: (c: never) => ({ remoteAddress: getConnInfo(c).remote.address }),
      } as never);
      return listen(createAdaptorServer(app) as Server);
    },
  });
});

interface Shop {
  views: number;
}

type Environment = { Variables: SessionVariables<Shop> };

function shop() {
  const store = memoryStore();
  const sessions = createSessions<Shop>({ store });
  const app = new Hono<Environment>();
  app.use(honoSession(sessions));
  return { app, sessions, store };
}

describe('in the habit of Hono', () => {
  test('app.onError answers an error of the handler: stored, with the cookie', async () => {
    const { app } = shop();
    app.onError((_error, c) => c.text(`failed ${c.var.session.increment('views')}`, 418));
    app.get('/', () => {
      throw new Error('no');
    });
    const response = await app.request('/');
    expect([response.status, await response.text()]).toEqual([418, 'failed 1']);
    expect(response.headers.getSetCookie().length).toBe(1);
  });

  test('app.onError gets the SessionError, and its page has nothing of the lost answer', async () => {
    const { app, store } = shop();
    store.create = () => Promise.reject(new Error('disk full'));
    const caught: unknown[] = [];
    app.onError((error, c) => {
      caught.push(error);
      return c.text('own page', isSessionError(error) ? 503 : 500);
    });
    app.get('/', (c) => {
      c.var.session.increment('views');
      c.header('Set-Cookie', 'own=1');
      c.header('X-Own', '1');
      return c.redirect('/paid');
    });
    const response = await app.request('/');
    expect([response.status, await response.text()]).toEqual([503, 'own page']);
    expect(['location', 'x-own', 'set-cookie'].map((name) => response.headers.get(name))).toEqual([
      null,
      null,
      null,
    ]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(caught.map((error) => isSessionError(error) && error.code)).toEqual(['store-failed']);
  });

  test('HTTPException whose response is shared carries no cookie to the next visitor', async () => {
    const { app } = shop();
    const res = new Response('no', { status: 401 });
    app.get('/:page', (c) => {
      if (c.req.param('page') === 'first') c.var.session.increment('views');
      throw new HTTPException(401, { res: res.clone() });
    });
    const first = await app.request('/first');
    const second = await app.request('/second');
    expect([first.status, first.headers.getSetCookie().length]).toEqual([401, 1]);
    expect([second.status, second.headers.getSetCookie()]).toEqual([401, []]);
    expect(res.headers.getSetCookie()).toEqual([]);
  });

  test('app.notFound and c.redirect are stored, and carry the cookie', async () => {
    const { app } = shop();
    app.notFound((c) => c.text(`missed ${c.var.session.increment('views')}`, 404));
    app.get('/go', (c) => {
      c.var.session.increment('views');
      return c.redirect('/there', 303);
    });
    const missed = await app.request('/nowhere');
    expect([missed.status, await missed.text()]).toEqual([404, 'missed 1']);
    expect(missed.headers.getSetCookie().length).toBe(1);
    const gone = await app.request('/go');
    expect([gone.status, gone.headers.get('location')]).toEqual([303, '/there']);
    expect(gone.headers.getSetCookie().length).toBe(1);
  });

  test('sub-apps have the session of the app; only a sub-app that has the middleware has its own', async () => {
    const { app, sessions } = shop();
    const cart = new Hono<Environment>().get('/', (c) =>
      c.text(`${c.var.session.increment('views')}`),
    );
    app.route('/cart', cart);
    const outer = new Hono().get('/', (c) => c.text('no session'));
    outer.route(
      '/shop',
      new Hono<Environment>()
        .use(honoSession(sessions))
        .get('/', (c) => c.text(`${c.var.session.increment('views')}`)),
    );
    expect((await app.request('/cart')).headers.getSetCookie().length).toBe(1);
    expect((await outer.request('/')).headers.getSetCookie().length).toBe(0);
    expect((await outer.request('/shop')).headers.getSetCookie().length).toBe(1);
  });

  test('mounted twice: one session and one cookie', async () => {
    const { app, sessions } = shop();
    app.use('/cart/*', honoSession(sessions));
    app.get('/cart/add', (c) => c.text(`${c.var.session.increment('views')}`));
    const response = await app.request('/cart/add');
    expect([await response.text(), response.headers.getSetCookie().length]).toEqual(['1', 1]);
  });

  test('app.request() in a handler with the same cookies: the same session, one cookie', async () => {
    const { app } = shop();
    app.get('/inner', (c) => c.text(`${c.var.session.increment('views')}`));
    app.get('/', async (c) => {
      c.var.session.increment('views');
      const cookie = c.req.header('cookie');
      const inner = await app.request(
        '/inner',
        cookie === undefined ? {} : { headers: { cookie } },
      );
      const sent = inner.headers.getSetCookie().length;
      return c.text(`${await inner.text()} ${sent} ${c.var.session.get('views')}`);
    });
    const first = await app.request('/');
    expect([await first.text(), first.headers.getSetCookie().length]).toEqual(['2 0 2', 1]);
    const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!;
    const again = await app.request('/', { headers: { cookie } });
    expect(await again.text()).toBe('4 0 4');
  });

  test('session() and current() are in the handler and in middleware behind', async () => {
    const { app, sessions } = shop();
    const seen: boolean[] = [];
    app.use(async (c, next) => {
      await c.req.text();
      seen.push(sessions.current() === c.get('session'));
      await next();
      seen.push(session() === (c.var.session as object));
    });
    app.post('/', (c) => {
      seen.push(session() === (c.var.session as object));
      return c.text('ok');
    });
    await app.request('/', { method: 'POST', body: 'a' });
    expect(seen).toEqual([true, true, true]);
  });

  test('a stream begins once its session is stored', async () => {
    const { app, sessions } = shop();
    app.get('/', (c) => {
      c.var.session.increment('views');
      return streamText(c, async (stream) => {
        await stream.write('a');
        await stream.write('b');
      });
    });
    const response = await app.request('/');
    expect([await sessions.count(), response.headers.getSetCookie().length]).toEqual([1, 1]);
    expect(await response.text()).toBe('ab');
  });
});
