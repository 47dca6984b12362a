import { RedisStore } from 'connect-redis';
import cookieSession from 'cookie-session';
import expressSession from 'express-session';
import { getIronSession, webCookies } from 'iron-session';
import Koa from 'koa';
import koaSession from 'koa-session';
import { createClient } from 'redis';
import fileStoreOf from 'session-file-store';
import { SECRET } from '../data.js';
import { counted, STORE_VERBS } from './counted.js';
import { plainVerbs } from './verbs.js';

/** @import { ConnectSystem, DirectSystem, FetchSystem } from './types.js' */

export const FileStore = fileStoreOf(expressSession);
export const { MemoryStore } = expressSession;

/**
 * session-file-store with its defaults, but for silence and for one look instead of five when a
 * file is not there. @param {string} directory
 */
export function sessionFileStore(directory) {
  return new FileStore({ path: `${directory}/sessions`, logFn: () => undefined, retries: 0 });
}

/** @param {string} url */
export async function connectRedis(url) {
  const client = await createClient({ url }).connect();
  return { store: new RedisStore({ client }), close: () => client.destroy() };
}

/**
 * express-session as its manual recommends it: nothing saved that was not changed.
 * @param {any} store
 * @param {(options: any) => ConnectSystem['middleware']} session it, or ours in its place
 * @returns {ConnectSystem}
 */
export function expressSessionOf(store, session = expressSession) {
  const storeCommands = counted(
    store,
    'read' in store ? STORE_VERBS : ['get', 'set', 'touch', 'destroy'],
  );
  const middleware = session({ store, secret: SECRET, resave: false, saveUninitialized: false });
  return { ...plainVerbs, middleware, storeCommands };
}

/**
 * @param {(options: any) => ConnectSystem['middleware']} session it, or ours in its place
 * @returns {ConnectSystem}
 */
export function cookieSessionOf(session = cookieSession) {
  return { ...plainVerbs, middleware: session({ keys: [SECRET] }) };
}

/** koa-session with an external store in a Map. @returns {DirectSystem} */
export function koaSessionDirect() {
  const sessions = new Map();
  const store = {
    get: async (/** @type {string} */ key) => JSON.parse(sessions.get(key) ?? 'null'),
    set: async (/** @type {string} */ key, /** @type {object} */ session) =>
      void sessions.set(key, JSON.stringify(session)),
    destroy: async (/** @type {string} */ key) => void sessions.delete(key),
  };
  const application = new Koa({ keys: [SECRET] });
  const middleware = koaSession({ store }, application);
  return {
    ...plainVerbs,
    async serve(request, response, act) {
      const context = application.createContext(request, response);
      await middleware(context, async () => void act(context.session));
      response.end('ok');
    },
  };
}

const IRON = { password: SECRET, cookieName: 'sid' };

/** Stores when it is told to. @type {import('./verbs.js').Verbs} */
const ironVerbs = {
  ...plainVerbs,
  start: (session, data) => {
    Object.assign(session, data);
    return session.save();
  },
  write: (session) => {
    session.views++;
    return session.save();
  },
};

/** @returns {DirectSystem} */
export function ironSessionDirect() {
  return {
    ...ironVerbs,
    async serve(request, response, act) {
      await act(await getIronSession(request, response, IRON));
      response.end('ok');
    },
  };
}

/** For node:http alone. @returns {ConnectSystem} */
export function ironSessionListener() {
  return {
    ...ironVerbs,
    listener: (handle) => async (request, response) => {
      await handle(request, response, await getIronSession(request, response, IRON));
    },
    middleware: () => {
      throw new Error('iron-session is no middleware');
    },
  };
}

/** @returns {FetchSystem} */
export function ironSessionFetch() {
  return {
    ...ironVerbs,
    handler: (act) => async (request) => {
      const headers = new Headers();
      await act(await getIronSession(webCookies(request, headers), IRON));
      return new Response('ok', { headers });
    },
  };
}

/**
 * @param {ConnectSystem} system
 * @returns {DirectSystem}
 */
export function direct({ middleware, start, read, write }) {
  return {
    start,
    read,
    write,
    serve: (request, response, act) =>
      new Promise((resolve, reject) => {
        response.onEnd = resolve;
        middleware(request, response, (error) => {
          if (error !== undefined) return reject(error);
          act(request.session);
          response.end('ok');
        });
      }),
  };
}
