import type { RequestListener } from 'node:http';
import { server as hapi } from '@hapi/hapi';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { H3, toNodeHandler } from 'h3';
import { Hono } from 'hono';
import Koa from 'koa';
import { expect, onTestFinished, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { fastifySession } from '../../src/adapters/fastify.js';
import { getSession, h3Session } from '../../src/adapters/h3.js';
import { hapiSession } from '../../src/adapters/hapi.js';
import { honoSession, type SessionVariables } from '../../src/adapters/hono.js';
import { koaSession, type SessionContext } from '../../src/adapters/koa.js';
import { sessionListener } from '../../src/adapters/node.js';
import { createDeviceBinding, type DeviceBinding } from '../../src/dbsc/index.js';
import type { CommitAnswer } from '../../src/index.js';
import { addAnswer, createSessions, type Session, type Sessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createClient } from '../../src/testing/client.js';
import { manualClock } from '../../src/testing/clock.js';
import { listen } from '../adapters/reply.js';
import { createDevice } from '../dbsc/device.js';
import { bindNow, COOKIE, ORIGIN, refreshAsBrowsersDo, SECRET, whoIs } from '../dbsc/site.js';

type Shop = Record<string, unknown>;

interface Running {
  readonly origin: string;
  stop(): unknown;
}

/** What every application does: logs in at `/login`, and shows the user. */
async function page(
  path: string,
  session: Session<Shop>,
  binding: DeviceBinding<Shop>,
): Promise<{ text: string; answer: CommitAnswer }> {
  if (!path.startsWith('/login'))
    return { text: session.userId ?? 'nobody', answer: { headers: [] } };
  await session.login('ann');
  return { text: 'ann', answer: binding.offer(session) };
}

const frameworks: Record<
  string,
  (sessions: Sessions<Shop>, binding: DeviceBinding<Shop>) => Promise<Running>
> = {
  Node: (sessions, binding) =>
    listen(
      sessionListener(sessions, async (request, response, session) => {
        const given = await binding.answer(request, session);
        const { text, answer } =
          given === undefined
            ? await page(request.url ?? '', session, binding)
            : { text: given.body, answer: given };
        response.statusCode = given?.status ?? 200;
        addAnswer(response, answer);
        response.end(text);
      }) as RequestListener,
    ),

  'Express, below a path': (sessions, binding) => {
    const app = express();
    const router = express.Router();
    router.use(sessionMiddleware(sessions), binding.middleware, async (request, response) => {
      const { text, answer } = await page(request.path, sessions.of(request), binding);
      addAnswer(response, answer);
      response.send(text);
    });
    app.use('/dbsc', router);
    app.use(router);
    return listen(app);
  },

  Koa: (sessions, binding) => {
    const app = new Koa<Koa.DefaultState, SessionContext<Shop>>();
    app.silent = true;
    app.use(koaSession(sessions));
    app.use(async (ctx, next) => {
      const answer = await binding.answer(ctx.req, ctx.session);
      if (answer === undefined) return next();
      addAnswer(ctx.res, answer);
      ctx.status = answer.status;
      ctx.body = answer.body;
    });
    app.use(async (ctx) => {
      const { text, answer } = await page(ctx.path, ctx.session, binding);
      addAnswer(ctx.res, answer);
      ctx.body = text;
    });
    return listen(app.callback());
  },

  Hono: (sessions, binding) => {
    const app = new Hono<{ Variables: SessionVariables<Shop> }>();
    app.use(honoSession(sessions));
    app.use(async (c, next) => {
      const answer = await binding.answer(c.req.raw, c.var.session);
      return answer === undefined ? next() : new Response(answer.body, answer);
    });
    app.all('*', async (c) => {
      const { text, answer } = await page(c.req.path, c.var.session, binding);
      const response = c.text(text);
      addAnswer(response.headers, answer);
      return response;
    });
    return listen(getRequestListener(app.fetch) as RequestListener);
  },

  h3: (sessions, binding) => {
    const app = new H3({ silent: true });
    app.use(h3Session(sessions));
    app.use(async (event, next) => {
      const answer = await binding.answer(event.req, getSession<Shop>(event));
      return answer === undefined ? next() : new Response(answer.body, answer);
    });
    app.all('/**', async (event) => {
      const { text, answer } = await page(event.url.pathname, getSession<Shop>(event), binding);
      addAnswer(event.res.headers, answer);
      return text;
    });
    return listen(toNodeHandler(app) as RequestListener);
  },

  Fastify: async (sessions, binding) => {
    const app = fastify({ forceCloseConnections: true });
    app.register(fastifySession<Shop>, { sessions });
    app.addHook('preHandler', async (request, reply) => {
      const answer = await binding.answer(request.raw, sessions.of(request));
      if (answer === undefined) return undefined;
      for (const [name, value] of answer.headers) reply.header(name, value);
      return reply.code(answer.status).send(answer.body);
    });
    app.all('*', async (request, reply) => {
      const { text, answer } = await page(request.url, sessions.of(request), binding);
      for (const [name, value] of answer.headers) reply.header(name, value);
      return reply.send(text);
    });
    return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), stop: () => app.close() };
  },

  hapi: async (sessions, binding) => {
    const app = hapi({
      port: 0,
      host: '127.0.0.1',
      debug: false,
      routes: { state: { parse: false } },
    });
    await app.register(hapiSession(sessions));
    app.ext('onPreHandler', async (request, h) => {
      const answer = await binding.answer(request.raw.req, sessions.of(request));
      if (answer === undefined) return h.continue;
      const response = h.response(answer.body).code(answer.status);
      for (const [name, value] of answer.headers) response.header(name, value, { append: true });
      return response.takeover();
    });
    app.route({
      method: '*',
      path: '/{path*}',
      handler: async (request, h) => {
        const { text, answer } = await page(request.path, sessions.of(request), binding);
        const response = h.response(text);
        for (const [name, value] of answer.headers) response.header(name, value, { append: true });
        return response;
      },
    });
    await app.start();
    return { origin: app.info.uri, stop: () => app.stop() };
  },
};

test.each(Object.entries(frameworks))(
  '%s: a device registers, refreshes, and is needed; D-08 a store that is down answers 503',
  async (_name, start) => {
    let isDown = false;
    const clock = manualClock();
    const store = memoryStore({ now: clock.now });
    const { read } = store;
    store.read = (...parameters) =>
      isDown ? Promise.reject(new Error('down')) : read.apply(store, parameters);
    const sessions = createSessions<Shop>({ store, now: clock.now, trustProxy: 1 });
    const binding = createDeviceBinding(sessions, { secret: SECRET, origin: ORIGIN });
    const { origin, stop } = await start(sessions, binding);
    onTestFinished(async () => void (await stop()));
    const client = createClient({
      origin: ORIGIN,
      now: clock.now,
      fetch: ({ pathname }, { headers, ...init }) => {
        const forwarded = new Headers(headers);
        forwarded.set('x-forwarded-proto', 'https');
        return fetch(origin + pathname, { ...init, headers: forwarded });
      },
    });
    const bound = await bindNow(client, createDevice());
    expect(await whoIs(client)).toBe('ann');
    const refreshed = await refreshAsBrowsersDo(bound);
    expect(refreshed.status).toBe(200);
    expect(refreshed.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(await whoIs(client)).toBe('ann');

    clock.advance('10s');
    isDown = true;
    expect((await refreshAsBrowsersDo(bound)).status).toBe(503);
    isDown = false;

    client.cookies.receive(`${COOKIE}=; Path=/; Secure; Max-Age=0`, new URL(ORIGIN));
    expect(await whoIs(client)).toBe('nobody');
    expect((await refreshAsBrowsersDo(bound)).status).toBe(200);
    expect(await whoIs(client)).toBe('ann');
  },
);
