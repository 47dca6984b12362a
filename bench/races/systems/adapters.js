import { Readable } from 'node:stream';

/** @typedef {(url: string, session: Session) => Promise<object>} Handle */
/** @typedef {import('../../../dist/index.js').Sessions} Sessions */
/** @typedef {import('../../../dist/index.js').Session} Session */

/**
 * @type {Record<string, (sessions: Sessions, handle: Handle) =>
 * Promise<import('node:http').RequestListener>>}
 */
export const ADAPTERS = {
  async node(sessions, handle) {
    const { sessionListener } = await import('../../../dist/adapters/node.js');
    return sessionListener(sessions, async (request, response, session) => {
      response.end(JSON.stringify(await handle(request.url ?? '', session)));
    });
  },

  async express(sessions, handle) {
    const { default: express } = await import('express');
    const { sessionMiddleware } = await import('../../../dist/adapters/express.js');
    const app = express();
    app.use(sessionMiddleware(sessions));
    app.use(async (request, response) => {
      response.json(await handle(request.url, request.session));
    });
    return app;
  },

  async fetch(sessions, handle) {
    const { sessionHandler } = await import('../../../dist/adapters/fetch.js');
    const respond = sessionHandler(sessions, async (request, session) =>
      Response.json(await handle(request.url, session)),
    );
    return listenerOf(respond);
  },

  async fastify(sessions, handle) {
    const { default: Fastify } = await import('fastify');
    const { fastifySession } = await import('../../../dist/adapters/fastify.js');
    const app = Fastify();
    await app.register(fastifySession, { sessions });
    app.get('/*', (request) => handle(request.url, sessions.of(request)));
    await app.ready();
    return app.routing;
  },

  async koa(sessions, handle) {
    const { default: Koa } = await import('koa');
    const { koaSession } = await import('../../../dist/adapters/koa.js');
    const app = new Koa();
    app.use(koaSession(sessions));
    app.use(async (context) => {
      context.body = await handle(context.url, sessions.of(context));
    });
    return app.callback();
  },

  async hono(sessions, handle) {
    const { Hono } = await import('hono');
    const { getRequestListener } = await import('@hono/node-server');
    const { honoSession } = await import('../../../dist/adapters/hono.js');
    /** @type {Hono<{ Variables: { session: Session } }>} */
    const app = new Hono();
    app.use(honoSession(sessions));
    app.get('/*', async (context) =>
      context.json(await handle(context.req.url, context.get('session'))),
    );
    return getRequestListener(app.fetch);
  },

  async h3(sessions, handle) {
    const { H3 } = await import('h3');
    const { h3Session } = await import('../../../dist/adapters/h3.js');
    const app = new H3();
    app.use(h3Session(sessions));
    app.get('/**', (event) => handle(event.req.url, sessions.of(event.context)));
    return listenerOf((request) => app.fetch(request));
  },

  async hapi(sessions, handle) {
    const { server: createServer } = await import('@hapi/hapi');
    const { hapiSession } = await import('../../../dist/adapters/hapi.js');
    const server = createServer({ host: 'localhost', routes: { state: { parse: false } } });
    await server.register(hapiSession(sessions));
    server.route({
      method: 'GET',
      path: '/{path*}',
      handler: (request) => handle(request.url.href, sessions.of(request)),
    });
    await server.initialize();
    return (request, response) => void server.listener.emit('request', request, response);
  },
};

/**
 * @param {(request: Request) => Promise<Response> | Response} respond
 * @returns {import('node:http').RequestListener}
 */
function listenerOf(respond) {
  return async (incoming, outgoing) => {
    const headers = /** @type {Record<string, string>} */ (incoming.headers);
    const url = `http://${headers.host}${incoming.url}`;
    const response = await respond(new Request(url, { headers }));
    outgoing.statusCode = response.status;
    outgoing.setHeaders(response.headers);
    if (response.body === null) outgoing.end();
    else Readable.fromWeb(/** @type {any} */ (response.body)).pipe(outgoing);
  };
}
