import fastifyCookie from '@fastify/cookie';
import fastifyPeer from '@fastify/session';
import { server as hapiServer } from '@hapi/hapi';
import yar from '@hapi/yar';
import Fastify from 'fastify';
import { H3, useSession } from 'h3';
import { Hono } from 'hono';
import { MemoryStore as HonoMemory, sessionMiddleware as honoPeer } from 'hono-sessions';
import Koa from 'koa';
import koaPeer from 'koa-session';
import { fastifySession } from '../../dist/adapters/fastify.js';
import { h3Session } from '../../dist/adapters/h3.js';
import { hapiSession } from '../../dist/adapters/hapi.js';
import { honoSession } from '../../dist/adapters/hono.js';
import { koaSession } from '../../dist/adapters/koa.js';
import { createSessions } from '../../dist/index.js';
import { BARE } from '../measure.js';
import { inMemory } from './sojourn.js';
import { noVerbs, plainVerbs, sojournVerbs } from './verbs.js';

/** @import { RequestListener } from 'node:http' */
/** @import { Verbs } from './verbs.js' */

/**
 * What a handler does with the session of its request.
 * @typedef {(path: string, session: any) => unknown} Act
 */

/**
 * An application of a framework with one kind of session, as its manual sets both up: a listener of
 * node:http, or a fetch handler. It answers every path with `ok`.
 * @typedef {object} Application
 * @property {Verbs} verbs
 * @property {(act: Act) => Promise<{ listener: RequestListener } | { fetch: (request: Request) =>
 * Promise<Response> | Response }>} open
 */

const OURS = 'sojourn memory';
const SECRET = 'uLq0n4Vd3Xr8Jw5Tz7Yb1Kc6Hg2Sf9Pm-bench';
const sessions = () => createSessions(inMemory());

/** @type {Verbs} For sessions with the verbs `get` and `set`. */
const getSetVerbs = {
  start: (session, data) => {
    for (const [key, value] of Object.entries(data)) session.set(key, value);
  },
  read: (session) => session.get('views'),
  write: (session) => session.set('views', session.get('views') + 1),
};

/** @param {(app: any) => unknown} setUp @param {Verbs} verbs @returns {Application} */
function fastify(setUp, verbs) {
  return {
    verbs,
    async open(act) {
      const app = Fastify();
      await setUp(app);
      app.get('/*', async (/** @type {any} */ request) => {
        act(request.url, request.session);
        return 'ok';
      });
      await app.ready();
      return { listener: app.routing };
    },
  };
}

/** @param {(app: any) => unknown} setUp @param {Verbs} verbs @returns {Application} */
function koa(setUp, verbs) {
  return {
    verbs,
    async open(act) {
      const app = new Koa();
      app.keys = [SECRET];
      setUp(app);
      app.use((/** @type {any} */ context) => {
        act(context.url, context.session);
        context.body = 'ok';
      });
      return { listener: app.callback() };
    },
  };
}

/** @param {(app: any) => unknown} setUp @param {Verbs} verbs @returns {Application} */
function hono(setUp, verbs) {
  return {
    verbs,
    async open(act) {
      const app = new Hono();
      setUp(app);
      app.get('/*', (/** @type {any} */ context) => {
        act(context.req.path, context.get('session'));
        return context.text('ok');
      });
      return { fetch: async (request) => app.fetch(request) };
    },
  };
}

/**
 * @param {(app: any) => unknown} setUp
 * @param {Verbs} verbs
 * @param {(event: any) => unknown} sessionOf
 * @returns {Application}
 */
function h3(setUp, verbs, sessionOf) {
  return {
    verbs,
    async open(act) {
      const app = new H3();
      setUp(app);
      app.get('/**', async (event) => {
        await act(event.url.pathname, await sessionOf(event));
        return 'ok';
      });
      return { fetch: async (request) => app.fetch(request) };
    },
  };
}

/**
 * @param {(server: any) => unknown} setUp
 * @param {Verbs} verbs
 * @param {(request: any) => unknown} sessionOf
 * @returns {Application}
 */
function hapi(setUp, verbs, sessionOf) {
  return {
    verbs,
    async open(act) {
      const server = hapiServer({ host: 'localhost', routes: { state: { parse: true } } });
      await setUp(server);
      server.route({
        method: 'GET',
        path: '/{path*}',
        handler: (request) => {
          act(request.path, sessionOf(request));
          return 'ok';
        },
      });
      await server.initialize();
      return {
        listener: (request, response) => void server.listener.emit('request', request, response),
      };
    },
  };
}

/** @type {Verbs} For h3's, which seals the cookie at each change. */
const h3Verbs = {
  start: (session, data) => session.update(data),
  read: (session) => session.data.views,
  write: (session) => session.update({ views: session.data.views + 1 }),
};

/**
 * The applications by framework and kind of session: without one, with ours, and with the session
 * library that the framework's users know.
 * @type {Readonly<Record<string, Readonly<Record<string, () => Application>>>>}
 */
export const FRAMEWORKS = {
  fastify: {
    [BARE]: () => fastify(() => undefined, noVerbs),
    [OURS]: () =>
      fastify((app) => app.register(fastifySession, { sessions: sessions() }), sojournVerbs),
    '@fastify/session': () =>
      fastify(async (app) => {
        await app.register(fastifyCookie);
        await app.register(fastifyPeer, {
          secret: SECRET,
          saveUninitialized: false,
          cookie: { secure: false },
        });
      }, getSetVerbs),
  },
  koa: {
    [BARE]: () => koa(() => undefined, noVerbs),
    [OURS]: () => koa((app) => app.use(koaSession(sessions())), sojournVerbs),
    'koa-session': () => koa((app) => app.use(koaPeer({ store: mapStore() }, app)), plainVerbs),
  },
  hono: {
    [BARE]: () => hono(() => undefined, noVerbs),
    [OURS]: () => hono((app) => app.use(honoSession(sessions())), sojournVerbs),
    'hono-sessions': () =>
      hono((app) => app.use('*', honoPeer({ store: new HonoMemory() })), getSetVerbs),
  },
  h3: {
    [BARE]: () =>
      h3(
        () => undefined,
        noVerbs,
        () => undefined,
      ),
    [OURS]: () =>
      h3(
        (app) => app.use(h3Session(sessions())),
        sojournVerbs,
        ({ context }) => context.session,
      ),
    'h3 useSession': () =>
      h3(
        () => undefined,
        h3Verbs,
        (event) => useSession(event, { password: SECRET }),
      ),
  },
  hapi: {
    [BARE]: () =>
      hapi(
        () => undefined,
        noVerbs,
        () => undefined,
      ),
    [OURS]: () =>
      hapi(
        (server) => server.register(hapiSession(sessions())),
        sojournVerbs,
        (request) => request.session,
      ),
    '@hapi/yar': () =>
      hapi(
        (server) =>
          server.register({
            plugin: yar,
            options: {
              maxCookieSize: 0,
              storeBlank: false,
              cookieOptions: { password: SECRET, isSecure: false },
            },
          }),
        getSetVerbs,
        (request) => request.yar,
      ),
  },
};

/** A store of koa-session in a Map. */
function mapStore() {
  /** @type {Map<string, string>} */
  const records = new Map();
  return {
    get: async (/** @type {string} */ id) => JSON.parse(records.get(id) ?? 'null'),
    set: async (/** @type {string} */ id, /** @type {object} */ data) =>
      records.set(id, JSON.stringify(data)),
    destroy: async (/** @type {string} */ id) => records.delete(id),
  };
}
