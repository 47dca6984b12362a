import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileStore } from '../dist/stores/file.js';
import { memoryStore } from '../dist/stores/memory.js';
import { sqliteStore } from '../dist/stores/sqlite.js';
import { openRemoteStore, REMOTE_STORES } from './remote-stores.js';

/** @import { ServerName } from '../scripts/servers/index.js' */
/** @import { Servers } from './measure.js' */
/** @import { SessionStore } from '../dist/index.js' */

/**
 * Something that keeps sessions, until it is closed. `directory` is its own, `url` leads to its
 * server.
 * @template Opened
 * @typedef {object} Candidate
 * @property {(place: { directory: string, url: string }) => Opened | Promise<Opened>} open
 * @property {ServerName} [server] what `url` leads to
 */
/** @typedef {{ store: SessionStore, close?(): unknown }} OpenedStore */

const require = createRequire(import.meta.url);

/**
 * All stores of ours, by name and client. @type {Readonly<Record<string, Candidate<OpenedStore>>>}
 */
export const OUR_STORES = {
  memory: { open: () => ({ store: memoryStore({ warn: false }) }) },
  file: { open: ({ directory }) => ({ store: fileStore({ directory: join(directory, 'file') }) }) },
  'sqlite, node:sqlite': sqlite('node:sqlite'),
  'sqlite, better-sqlite3': sqlite('better-sqlite3'),
  'sqlite, libsql': sqlite('libsql'),
  ...Object.fromEntries(
    Object.entries(REMOTE_STORES).map(([store, { server }]) => [
      store,
      { server, open: (/** @type {{ url: string }} */ { url }) => openRemoteStore(store, url) },
    ]),
  ),
};

class MissingClient extends Error {}

/**
 * Gives why it cannot be had here instead, when its server or its client is missing.
 * @template Opened
 * @param {Candidate<Opened>} candidate
 * @param {string} directory
 * @param {Servers} servers
 * @returns {Promise<Opened | string>}
 */
export async function openOrReason({ open, server }, directory, servers) {
  const { url = '', reason } = server === undefined ? {} : await servers.find(server);
  if (reason !== undefined) return reason;
  try {
    return await open({ directory, url });
  } catch (error) {
    if (!(error instanceof MissingClient)) throw error;
    return error.message;
  }
}

/**
 * With the settings that the store gives a file of its own. @param {string} client @returns
 * {Candidate<OpenedStore>}
 */
function sqlite(client) {
  return {
    async open({ directory }) {
      const Database = loadSqlite(client);
      const database = new Database(join(directory, `${client.replace(':', '-')}.sqlite`));
      database.exec(
        'pragma busy_timeout = 1500; pragma journal_mode = wal; pragma synchronous = normal',
      );
      const store = sqliteStore({ database });
      await store.migrate?.();
      return { store, close: () => database.close() };
    },
  };
}

/** @param {string} client @returns {new (file: string) => any} */
function loadSqlite(client) {
  // The binary of a newer one ends the process there instead of failing to load.
  if (client === 'better-sqlite3' && Number.parseInt(process.versions.node, 10) < 22) {
    const { version } = require(`${client}/package.json`);
    if (Number.parseInt(version, 10) >= 13)
      throw new MissingClient(`better-sqlite3 ${version} needs Node 22`);
  }
  try {
    const loaded = require(client);
    return client === 'node:sqlite' ? loaded.DatabaseSync : loaded;
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n', 1);
    throw new MissingClient(reason, { cause: error });
  }
}
