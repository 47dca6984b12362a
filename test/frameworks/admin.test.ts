import type { AddressInfo } from 'node:net';
import { server as createHapi } from '@hapi/hapi';
import fastify from 'fastify';
import { H3, serve } from 'h3';
import { Hono } from 'hono';
import Koa from 'koa';
import { expect, onTestFinished, test } from 'vitest';
import type { Admin } from '../../src/admin/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { dashboard, OPERATOR } from '../admin/dashboard.js';

/** Mounts the dashboard under `/admin`, and gives what sends a request to it. */
type Mount = (admin: Admin) => Promise<(path: string, init: RequestInit) => Promise<Response>>;

const to =
  (origin: string) =>
  (path: string, init: RequestInit): Promise<Response> =>
    fetch(origin + path, init);

const MOUNTS: Record<string, Mount> = {
  async Fastify(admin) {
    const app = fastify();
    // Nothing may read the body before the dashboard does.
    await app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      scope.all('/admin/*', (request, reply) => {
        reply.hijack();
        void admin.listener(request.raw, reply.raw);
      });
    });
    onTestFinished(() => app.close());
    return to(await app.listen({ port: 0, host: '127.0.0.1' }));
  },

  async Koa(admin) {
    const app = new Koa();
    app.use((context, next) => {
      if (!context.path.startsWith('/admin/')) return next();
      context.respond = false;
      return admin.listener(context.req, context.res);
    });
    const server = app.listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    onTestFinished(() => void server.close());
    return to(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  },

  async hapi(admin) {
    const server = createHapi({ port: 0, host: '127.0.0.1', debug: false });
    server.route({
      method: '*',
      path: '/admin/{path*}',
      options: { payload: { parse: false, output: 'stream' } },
      handler: (request, toolkit) => {
        void admin.listener(request.raw.req, request.raw.res);
        return toolkit.abandon;
      },
    });
    await server.start();
    onTestFinished(() => server.stop({ timeout: 0 }));
    return to(`http://127.0.0.1:${server.info.port}`);
  },

  async h3(admin) {
    const app = new H3({ silent: true });
    app.all('/admin/**', (event) => admin.fetch(event.req));
    const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true });
    await server.ready();
    onTestFinished(() => server.close(true));
    return to(String(server.url).replace(/\/$/, ''));
  },

  async Hono(admin) {
    const app = new Hono();
    app.all('/admin/*', (c) => admin.fetch(c.req.raw));
    return async (path, init) => app.request(path, init);
  },
};

test.each(Object.entries(MOUNTS))('the dashboard under %s', async (_name, mount) => {
  const { admin, visit, sessions } = dashboard(memoryStore());
  const send = await mount(admin);
  await visit({ userId: 'ada' });
  await visit({ userId: 'bob' });
  expect((await send('/admin/sessions', {})).status).toBe(403);
  const list = await send('/admin/sessions?limit=1', { headers: OPERATOR });
  expect(await list.json()).toMatchObject({ sessions: [{ userId: expect.any(String) }] });
  for (const [type, body] of [
    ['application/x-www-form-urlencoded', 'user=ada&dryRun=false'],
    ['application/json', '{"user":"bob","dryRun":false}'],
  ] as const) {
    const headers = { ...OPERATOR, 'content-type': type };
    const answer = await send('/admin/end', { method: 'POST', headers, body });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { dryRun: false, matched: 1, ended: 1 },
    ]);
  }
  expect(await sessions.count()).toBe(0);
  await admin.close();
});
