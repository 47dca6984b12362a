import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import Koa3 from 'koa';
import Koa2 from 'koa2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { koaSession, type SessionContext } from '../../src/adapters/koa.js';
import { createSessions, isSessionError, session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { listen, suiteRequest } from '../adapters/reply.js';

const versions = { 'Koa 3': Koa3, 'Koa 2': Koa2 as unknown as typeof Koa3 };

describe.each(Object.entries(versions))('%s', (_name, Koa) => {
  adapterSuite({
    test,
    start: ({ sessions, handle }) => {
      const app = new Koa<Koa3.DefaultState, SessionContext<SuiteData>>();
      app.silent = true;
      app.use(koaSession(sessions));
      app.use(async (context) => {
        const {
          status,
          headers,
          body = '',
        } = await handle(suiteRequest(context.req), context.session);
        for (const [name, value] of headers) context.append(name, value);
        context.body = typeof body === 'string' ? body : Readable.from(body);
        context.status = status;
      });
      return listen(app.callback());
    },
  });
});

interface Shop {
  views: number;
}

function shop() {
  const store = memoryStore();
  const sessions = createSessions<Shop>({ store });
  const app = new Koa3<Koa3.DefaultState, SessionContext<Shop>>();
  app.silent = true;
  app.use(koaSession(sessions));
  return { app, sessions, store };
}

async function visit(app: { callback(): RequestListener }, init?: RequestInit) {
  const { origin, stop } = await listen(app.callback());
  onTestFinished(stop);
  const response = await fetch(origin, init);
  return { response, origin, text: await response.text() };
}

describe('in the habit of Koa', () => {
  test('ctx.throw(404): the session is stored and the cookie sent', async () => {
    const { app } = shop();
    app.use((ctx) => {
      ctx.session.increment('views');
      return ctx.throw(404, 'no such page');
    });
    const { response, text } = await visit(app);
    expect([response.status, text, response.headers.getSetCookie().length]).toEqual([
      404,
      'no such page',
      1,
    ]);
  });

  test('what is thrown and is no error is answered, and the session stored', async () => {
    const { app, sessions } = shop();
    app.use((ctx) => {
      ctx.session.increment('views');
      throw 'no' as unknown as Error;
    });
    const { response } = await visit(app);
    expect([response.status, await sessions.count()]).toEqual([500, 1]);
    expect(response.headers.getSetCookie().length).toBe(1);
  });

  test('an error that is shared carries no cookie of one visitor to the next', async () => {
    const { app } = shop();
    const shared = Object.assign(new Error('no'), { status: 418, headers: { 'X-Own': '1' } });
    app.use((ctx) => {
      if (ctx.path === '/first') ctx.session.increment('views');
      throw shared;
    });
    const { origin } = await visit(app);
    const first = await fetch(`${origin}/first`);
    const second = await fetch(`${origin}/second`);
    expect(first.headers.getSetCookie().length).toBe(1);
    expect(first.headers.get('x-own')).toBe('1');
    expect([second.status, second.headers.getSetCookie()]).toEqual([418, []]);
  });

  test("the app's own error page in front is stored and carries the cookie", async () => {
    const store = memoryStore();
    const sessions = createSessions<Shop>({ store });
    const app = new Koa3<Koa3.DefaultState, SessionContext<Shop>>();
    const caught: unknown[] = [];
    app.use(async (ctx, next) => {
      try {
        await next();
      } catch (error) {
        caught.push(error);
        const { status, headers } = error as { status?: number; headers?: Record<string, string> };
        ctx.status = status ?? 500;
        ctx.set(headers ?? {});
        ctx.body = 'own page';
      }
    });
    app.use(koaSession(sessions));
    app.use((ctx) => {
      ctx.session.increment('views');
      throw new Error('no');
    });
    const good = await visit(app);
    expect([good.response.status, good.text]).toEqual([500, 'own page']);
    expect(good.response.headers.getSetCookie().length).toBe(1);
    store.create = () => Promise.reject(new Error('disk full'));
    const bad = await fetch(good.origin);
    expect([bad.status, await bad.text(), bad.headers.get('cache-control')]).toEqual([
      503,
      'own page',
      'no-store',
    ]);
    expect(bad.headers.getSetCookie()).toEqual([]);
    expect(isSessionError(caught[1])).toBe(true);
  });

  test("the app's own error page in front, after the handler had set its answer: nothing of it is left", async () => {
    const store = memoryStore();
    const sessions = createSessions<Shop>({ store });
    store.create = () => Promise.reject(new Error('disk full'));
    const app = new Koa3<Koa3.DefaultState, SessionContext<Shop>>();
    app.use(async (ctx, next) => {
      try {
        await next();
      } catch {
        ctx.status = 503;
        ctx.body = 'own page';
      }
    });
    app.use(koaSession(sessions));
    app.use((ctx) => {
      ctx.session.increment('views');
      ctx.set('Cache-Control', 'public, max-age=60');
      ctx.cookies.set('own', '1');
      ctx.redirect('/paid');
    });
    const { response } = await visit(app, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([503, null]);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('ctx.respond = false: what save() stored is there, and the adapter disturbs nothing', async () => {
    const { app, sessions } = shop();
    let id: string | null | undefined;
    const errors: unknown[] = [];
    app.on('error', (error) => errors.push(error));
    app.use(async (ctx) => {
      ctx.respond = false;
      ctx.session.set('views', 1);
      await ctx.session.save();
      id = ctx.session.id;
      ctx.res.end('raw');
    });
    const { text } = await visit(app);
    expect(text).toBe('raw');
    expect((await sessions.read(id!))?.data).toEqual({ views: 1 });
    expect(errors).toEqual([]);
  });

  test('mounted twice: one session and one cookie', async () => {
    const { app, sessions } = shop();
    app.use(koaSession(sessions));
    app.use((ctx) => {
      ctx.body = `${ctx.session.increment('views')}`;
    });
    const { response, text } = await visit(app);
    expect([text, response.headers.getSetCookie().length]).toEqual(['1', 1]);
  });

  test('session() and current() are in the handler and in middleware behind, after an await', async () => {
    const { app, sessions } = shop();
    const seen: boolean[] = [];
    app.use(async (ctx, next) => {
      await new Promise((done) => setImmediate(done));
      seen.push(sessions.current() === ctx.session);
      await next();
      seen.push(session() === (ctx.session as object));
    });
    app.use(async (ctx) => {
      seen.push(session() === (ctx.session as object));
      ctx.body = 'ok';
    });
    await visit(app);
    expect(seen).toEqual([true, true, true]);
  });

  test('a request to the app in the handler with the same cookies keeps both changes', async () => {
    const { app } = shop();
    let origin = '';
    app.use(async (ctx) => {
      ctx.session.increment('views');
      if (ctx.path === '/outer')
        await fetch(`${origin}/inner`, { headers: { cookie: ctx.get('cookie') } });
      ctx.body = `${ctx.session.get('views')}`;
    });
    const first = await visit(app);
    origin = first.origin;
    const headers = { cookie: first.response.headers.getSetCookie()[0]!.split(';')[0]! };
    await fetch(`${origin}/outer`, { headers });
    expect(await (await fetch(origin, { headers })).text()).toBe('4');
  });
});
