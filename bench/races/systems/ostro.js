import { createRequire } from 'node:module';
import { join } from 'node:path';
import express from 'express';
import { session } from '../../../dist/index.js';
import { isOurs } from '../systems.js';
import { createTold } from '../told.js';

/**
 * The middleware of each, by the name of the system. @type {Record<string, (config: object) =>
 * Promise<express.RequestHandler>>}
 */
const SYSTEMS = {
  async '@ostro/session'(config) {
    const SessionManager = createRequire(import.meta.url)('@ostro/session');
    // As its skeleton sets them.
    const session = {
      ...config,
      lifetime: 120,
      lottery: [2, 100],
      cookie: 'ostro_session',
      path: '/',
      http_only: true,
      same_site: 'lax',
      resave: false,
      saveUninitialized: true,
    };
    const settings = { session, app: { key: 'a key for the races only, no less' } };
    const start = new SessionManager({ config: settings, make: () => settings }).start();
    return (request, response, next) => {
      // OstroJS's response knows its request, which tells with a method whether it is secure.
      Object.assign(response, { request: { secure: () => request.secure } });
      start(request, response, next);
    };
  },

  async 'sojourn/ostro'(config) {
    const { startSession } = await import('../../../dist/dialects/ostro.js');
    return /** @type {express.RequestHandler} */ (/** @type {unknown} */ (startSession(config)));
  },
};

/** @type {import('../systems.js').Start} */
export async function start({ system, store, folder, answer }) {
  const startSession = await SYSTEMS[system]?.({ driver: store, files: join(folder, 'sessions') });
  const told = createTold();
  const app = express();
  if (startSession !== undefined) app.use(startSession);
  app.use(async (/** @type {any} */ request, response) => {
    const view = viewOf(request.session);
    response.json(
      await answer(request.url, isOurs({ system }) ? told.watch(session(), view) : view),
    );
  });
  return { listener: app, gone: told.gone };
}

/** @param {any} session @returns {import('../shop.js').View} */
function viewOf(session) {
  return {
    // The original shows what it keeps for itself, too.
    data: () =>
      Object.fromEntries(Object.entries(session.all()).filter(([key]) => !key.startsWith('__'))),
    user: () => session.get('user'),
    set: (key) => session.put(key, 1),

    // The original has neither `increment` nor `invalidate`, though its documentation has both.
    increment: (key) =>
      session.increment ? session.increment(key) : session.put(key, session.get(key, 0) + 1),
    logout: () => (session.invalidate ? session.invalidate() : session.flush()),

    async regenerate() {
      const kept = this.data();
      await session.regenerate();
      session.put(kept);
    },

    /** Keeps its data over `regenerate`, which takes them in the original. */
    async login(user) {
      const kept = this.data();
      await session.regenerate();
      session.put({ ...kept, user });
    },
  };
}
