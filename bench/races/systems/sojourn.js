import { join } from 'node:path';
import { Readable } from 'node:stream';
import { cookieSessions, createSessions } from '../../../dist/index.js';
import { openRemoteStore } from '../../remote-stores.js';
import { createTold } from '../told.js';

/**
 * Where sessions may be kept, but for the stores over servers. @type {Record<string, (folder:
 * string) => Promise<SessionOptions>>}
 */
const PLACES = {
  memory: async () => ({ store: (await import('../../../dist/stores/memory.js')).memoryStore() }),
  file: async (folder) => ({
    store: (await import('../../../dist/stores/file.js')).fileStore({ directory: folder }),
  }),
  sqlite: async (folder) => ({ store: await sqliteIn(folder) }),

  async keyv() {
    const { default: Keyv } = await import('keyv');
    const { keyvStore } = await import('../../../dist/bridges/keyv.js');
    return { store: keyvStore({ keyv: new Keyv({ throwOnErrors: true }) }) };
  },

  async unstorage() {
    const { createStorage } = await import('unstorage');
    const { unstorageStore } = await import('../../../dist/bridges/unstorage.js');
    return { store: unstorageStore({ storage: createStorage() }) };
  },

  async 'cookie, revocations in sqlite'(folder) {
    return {
      store: cookieSessions({ revocations: await sqliteIn(folder) }),
      secret: 'a secret for the races only, long enough',
    };
  },
};

/**
 * @param {string} store @param {string} folder @param {string} url @returns
 * {Promise<SessionOptions>}
 */
async function optionsOf(store, folder, url) {
  const place = PLACES[store];
  if (place !== undefined) return place(folder);
  const { store: remote } = await openRemoteStore(store, url);
  return { store: remote };
}

/** @param {string} folder */
async function sqliteIn(folder) {
  const { sqliteStore } = await import('../../../dist/stores/sqlite.js');
  return sqliteStore({ file: join(folder, 'sessions.sqlite') });
}

/** @typedef {(url: string, session: Session) => Promise<object>} Handle */
/** @typedef {import('../../../dist/index.js').Sessions} Sessions */
/** @typedef {import('../../../dist/index.js').Session} Session */
/** @typedef {import('../../../dist/index.js').SessionOptions} SessionOptions */

/**
 * @type {Record<string, (sessions: Sessions, handle: Handle) =>
 * Promise<import('node:http').RequestListener>>}
 */
const ADAPTERS = {
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
    return async (incoming, outgoing) => {
      const headers = /** @type {Record<string, string>} */ (incoming.headers);
      const response = await respond(
        new Request(`http://${headers.host}${incoming.url}`, { headers }),
      );
      outgoing.statusCode = response.status;
      outgoing.setHeaders(response.headers);
      if (response.body === null) outgoing.end();
      else Readable.fromWeb(/** @type {any} */ (response.body)).pipe(outgoing);
    };
  },
};

/** @type {import('../systems.js').Start} */
export async function start({ store, adapter, folder, url, now, answer }) {
  const adapt = ADAPTERS[adapter];
  if (adapt === undefined) throw new Error(`There is no adapter ${adapter} here.`);
  const isSealed = store.startsWith('cookie');
  const sessions = createSessions({
    ...(await optionsOf(store, folder, url)),
    now,
    // A busy machine is slow, and that is no race.
    storeTimeout: '30s',
    ...(isSealed ? {} : { rotateAfter: /** @type {const} */ ('15m') }),
  });
  sessions.on('failed', ({ error }) => console.error(`${store}, ${adapter}: ${error.message}`));
  const told = createTold();
  const listener = await adapt(sessions, (url, session) =>
    answer(
      url,
      told.watch(session, {
        data: () => session.all(),
        user: () => session.userId,
        set: (key) => session.set(key, 1),
        increment: (key) => session.increment(key),
        login: (user) => session.login(user),
        logout: () => session.logout(),
        regenerate: () => session.regenerate(),
        destroyUser: (user) => sessions.destroyUser(user),
        endOthers: () => sessions.destroyUser(session.userId ?? '', { except: session.handle }),
        id: () => session.id,
        change: (id, key) => sessions.change(id, (other) => other.increment(key)),
      }),
    ),
  );
  return { listener, gone: told.gone, close: () => sessions.close() };
}
