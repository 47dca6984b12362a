import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileStore } from '../../dist/stores/file.js';
import { memoryStore } from '../../dist/stores/memory.js';
import { sqliteStore } from '../../dist/stores/sqlite.js';
import { makeFolder } from '../../scripts/servers/process.js';
import { BARE, costOf, throughputOf, wantedOf } from '../measure.js';
import { openRemoteStore, REMOTE_STORES } from '../remote-stores.js';
import { connectRedis, MemoryStore, sessionFileStore } from '../systems/peers.js';

/** @import { ServerName } from '../../scripts/servers/index.js' */
/** @import { Absent, Cell, IsWanted } from '../measure.js' */
/** @import { SessionStore } from '../../dist/index.js' */

/**
 * A store as this case uses it.
 * @typedef {object} Subject
 * @property {(id: string) => Promise<unknown>} read rejects or gives `undefined` when there is
 * nothing
 * @property {(id: string) => Promise<unknown>} write creates the first time
 * @property {() => unknown} [close]
 */

/**
 * @typedef {object} Candidate
 * @property {(place: { directory: string, url: string }) => Subject | Promise<Subject>} open
 * @property {ServerName} [server] what `url` leads to
 */

const name = 'stores';
export const STORE_CASE = { name };
const ACTIONS = /** @type {const} */ (['read', 'write']);

const VALUE = 'x'.repeat(300);
const HOUR = 3_600_000;
/**
 * How many workers do something at once when throughput is measured; each has records of its own,
 * so that none refuses another's write.
 */
const WORKERS = 16;
const RECORDS = 32 * WORKERS;

const require = createRequire(import.meta.url);

/** @type {Readonly<Record<string, Candidate>>} */
const CANDIDATES = {
  [BARE]: { open: () => ({ read: async (id) => id, write: async (id) => id }) },
  'sojourn memory': { open: () => sojourn(memoryStore({ warn: false })) },
  'sojourn file': {
    open: ({ directory }) => sojourn(fileStore({ directory: join(directory, 'file') })),
  },
  'sojourn sqlite, node:sqlite': { open: ({ directory }) => sqlite(directory, 'node:sqlite') },
  'sojourn sqlite, better-sqlite3': {
    open: ({ directory }) => sqlite(directory, 'better-sqlite3'),
  },
  'sojourn sqlite, libsql': { open: ({ directory }) => sqlite(directory, 'libsql') },
  ...Object.fromEntries(
    Object.entries(REMOTE_STORES).map(([store, { server }]) => [
      `sojourn ${store}`,
      remote(store, server),
    ]),
  ),
  'express-session MemoryStore': { open: () => expressSession(new MemoryStore()) },
  'session-file-store': { open: ({ directory }) => expressSession(sessionFileStore(directory)) },
  'connect-redis': { open: openConnectRedis, server: 'redis' },
};

/** @type {import('../measure.js').OpenCase<typeof STORE_CASE>} */
export async function openStoreCase(_case, isWanted, servers) {
  const directory = makeFolder('bench');
  /** @type {Cell[]} */
  const cells = [];
  /** @type {Absent[]} */
  const absent = [];
  /** @type {Subject[]} */
  const subjects = [];
  for (const [system, { open, server }] of Object.entries(CANDIDATES)) {
    if (system !== BARE && !ACTIONS.some((action) => isWanted(system, action))) continue;
    const { url = '', reason } = server === undefined ? {} : await servers.find(server);
    const subject = reason ?? (await tried(() => open({ directory, url })));
    if (typeof subject === 'string') {
      absent.push({ system, reason: subject });
      continue;
    }
    subjects.push(subject);
    cells.push(...(await cellsOf(system, subject, isWanted)));
  }
  return {
    cells: wantedOf(cells, isWanted),
    absent,
    async close() {
      for (const subject of subjects) await subject.close?.();
    },
  };
}

/**
 * Why it cannot be had here, for a client of sqlite. @param {() => Subject | Promise<Subject>} open
 * @returns {Promise<Subject | string>}
 */
async function tried(open) {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof MissingClient)) throw error;
    return error.message;
  }
}

/**
 * @param {string} system
 * @param {Subject} subject
 * @param {IsWanted} isWanted
 * @returns {Promise<Cell[]>}
 */
async function cellsOf(system, subject, isWanted) {
  const ids = Array.from({ length: RECORDS }, () => randomUUID().padEnd(43, '-'));
  for (const id of ids) await subject.write(id);
  /** @type {number[]} */
  const turns = [];
  let next = 0;
  return ACTIONS.filter((action) => system === BARE || isWanted(system, action)).map((action) => {
    const task = (/** @type {number} */ worker) => {
      const turn = turns[worker] ?? 0;
      turns[worker] = turn + 1;
      return subject[action](/** @type {string} */ (ids[(turn * WORKERS + worker) % RECORDS]));
    };
    return {
      case: name,
      system,
      action,
      run: async (milliseconds) => ({
        ...(await costOf(() => task(next++ % WORKERS), milliseconds)),
        perSecond: await throughputOf(task, WORKERS, milliseconds),
      }),
    };
  });
}

/**
 * Reads, and updates at the version that the last write left. @param {SessionStore} store @returns
 * {Subject}
 */
function sojourn(store) {
  /** @type {Map<string, unknown>} */
  const versions = new Map();
  const createdAt = Date.now();
  let count = 0;
  return {
    async read(id) {
      return present(await store.read(id), store.name);
    },
    async write(id) {
      const record = {
        data: VALUE + ++count,
        createdAt,
        touchedAt: createdAt,
        expiresAt: createdAt + HOUR,
      };
      const version = versions.get(id);
      const written =
        version === undefined ? store.create(id, record) : store.update(id, record, version);
      versions.set(id, present(await written, store.name));
    },
  };
}

class MissingClient extends Error {}

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

/**
 * With the settings that the store gives a file of its own. @param {string} directory @param
 * {string} client @returns {Promise<Subject>}
 */
async function sqlite(directory, client) {
  const Database = loadSqlite(client);
  const database = new Database(join(directory, `${client.replace(':', '-')}.sqlite`));
  database.exec(
    'pragma busy_timeout = 1500; pragma journal_mode = wal; pragma synchronous = normal',
  );
  const store = sqliteStore({ database });
  await store.migrate?.();
  return { ...sojourn(store), close: () => database.close() };
}

/** @param {string} store @param {ServerName} server @returns {Candidate} */
function remote(store, server) {
  return {
    server,
    async open({ url }) {
      const { store: opened, close } = await openRemoteStore(store, url);
      return { ...sojourn(opened), close };
    },
  };
}

/** @param {{ url: string }} place @returns {Promise<Subject>} */
async function openConnectRedis({ url }) {
  const { store, close } = await connectRedis(url);
  return { ...expressSession(store), close };
}

/** @param {any} store @returns {Subject} */
function expressSession(store) {
  const get = promisify(store.get.bind(store));
  const set = promisify(store.set.bind(store));
  let count = 0;
  return {
    async read(id) {
      return present(await get(id), 'the store of express-session');
    },
    write: (id) =>
      set(id, {
        cookie: { originalMaxAge: HOUR, expires: new Date(Date.now() + HOUR) },
        value: VALUE + ++count,
      }),
  };
}

/** @param {unknown} value @param {string} store */
function present(value, store) {
  if (value === undefined || value === null) throw new Error(`${store} lost a record`);
  return value;
}
