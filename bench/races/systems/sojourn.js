import { join } from 'node:path';
import { cookieFirst, cookieSessions, createSessions } from '../../../dist/index.js';
import { openRemoteStore } from '../../remote-stores.js';
import { createTold } from '../told.js';
import { viewOf } from '../view.js';
import { adapt } from './adapters.js';

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

  async 'cookie first, then sqlite'(folder) {
    return {
      store: cookieFirst({ store: await sqliteIn(folder) }),
      secret: 'a secret for the races only, long enough',
    };
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

/** @typedef {import('../../../dist/index.js').SessionOptions} SessionOptions */

/** @type {import('../systems.js').Start} */
export async function start({ store, adapter, folder, url, now, answer }) {
  const isSealed = store.startsWith('cookie,');
  const sessions = createSessions({
    ...(await optionsOf(store, folder, url)),
    now,
    // A busy machine is slow, and that is no race.
    storeTimeout: '30s',
    ...(isSealed ? {} : { rotateAfter: /** @type {const} */ ('15m') }),
  });
  sessions.on('failed', ({ error }) => console.error(`${store}, ${adapter}: ${error.message}`));
  const told = createTold();
  const listener = await adapt(adapter, sessions, (url, session) =>
    answer(url, told.watch(session, viewOf(sessions, session))),
  );
  return { listener, gone: told.gone, close: () => sessions.close() };
}
