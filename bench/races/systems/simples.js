import { once } from 'node:events';
import simples from 'simples';
import { session } from '../../../dist/index.js';
import { createTold } from '../told.js';

/** The four functions of its documentation, filled in. */
function fourFunctions() {
  /** @type {Map<string, string>} */
  const texts = new Map();
  return {
    get: async (/** @type {string} */ id) => JSON.parse(texts.get(id) ?? 'null'),
    set: async (/** @type {string} */ id, /** @type {object} */ session) =>
      void texts.set(id, JSON.stringify(session)),
    remove: async (/** @type {string} */ id) => void texts.delete(id),
    update: async () => undefined,
  };
}

/**
 * Gives a server its sessions, by the name of the system. @type {Record<string, (server: any,
 * store: string) => unknown>}
 */
const SYSTEMS = {
  simples(server) {
    server.session({ enabled: true, store: simples.store(fourFunctions()) });
    // On a Node of today it destroys the socket of each response, whose client must not use it
    // again.
    server.use((/** @type {any} */ { response }, /** @type {() => void} */ next) => {
      response.shouldKeepAlive = false;
      next();
    });
  },

  async 'sojourn/simples'(server, name) {
    const { sessionMiddleware, simplesSessions, store } = await import(
      '../../../dist/dialects/simples.js'
    );
    server.use(
      sessionMiddleware(
        simplesSessions(name === 'memory' ? {} : { store: store(fourFunctions()) }),
      ),
    );
    // In a route it is not there: simpleS comes to its routes by another way.
    server.use((/** @type {any} */ connection, /** @type {() => void} */ next) => {
      connection.native = session();
      next();
    });
  },
};

/** @type {import('../systems.js').Start} */
export async function start({ system, store, answer }) {
  const told = createTold();
  const server = /** @type {any} */ (simples({ port: 0, hostname: '127.0.0.1' }));
  const isStarted = once(server, 'start');
  await SYSTEMS[system]?.(server, store);
  server.get('/:verb', async (/** @type {any} */ connection) => {
    const view = viewOf(connection.session);
    const { request, native } = connection;
    connection.end(
      JSON.stringify(
        await answer(request.url, native === undefined ? view : told.watch(native, view)),
      ),
    );
  });
  await isStarted;
  return {
    listener: (request, response) => server._meta.instance.emit('request', request, response),
    gone: told.gone,
  };
}

/** @param {any} session @returns {import('../shop.js').View} */
function viewOf(session) {
  return {
    data: () => session.toJSON(),
    user: () => session.get('user'),
    set: (key) => session.set(key, 1),
    increment: (key) => session.set(key, (session.get(key) ?? 0) + 1),
    async login(user) {
      await session.generate();
      session.set('user', user);
    },
    regenerate: () => session.generate(),
    logout: () => session.destroy(),
  };
}
