import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileStore } from '../../dist/stores/file.js';
import { memoryStore } from '../../dist/stores/memory.js';
import { sqliteStore } from '../../dist/stores/sqlite.js';
import { BARE, cpuOf, wantedOf } from '../measure.js';
import { MemoryStore, sessionFileStore } from '../systems/peers.js';

/** @import { Cell } from '../measure.js' */
/** @import { SessionStore } from '../../dist/index.js' */

/**
 * A store as this case uses it.
 * @typedef {object} Subject
 * @property {(id: string) => Promise<unknown>} read rejects or gives `undefined` when there is nothing
 * @property {(id: string) => Promise<unknown>} write creates the first time
 * @property {() => unknown} [close]
 */

const name = 'stores';
export const STORE_CASE = { name };

const RECORDS = 500;
const VALUE = 'x'.repeat(300);
const HOUR = 3_600_000;

const require = createRequire(import.meta.url);

const SQLITE_CLIENTS = ['node:sqlite', 'better-sqlite3', 'libsql'];

/** @type {import('../measure.js').OpenCase<typeof STORE_CASE>} */
export async function openStoreCase(_case, isWanted) {
  const directory = await mkdtemp(join(tmpdir(), 'sojourn-bench-'));
  /** @type {Record<string, Subject>} */
  const subjects = {
    [BARE]: { read: async (id) => id, write: async (id) => id },
    'sojourn memory': sojourn(memoryStore({ warn: false })),
    'sojourn file': sojourn(fileStore({ directory: join(directory, 'file') })),
    'express-session MemoryStore': expressSession(new MemoryStore()),
    'session-file-store': expressSession(sessionFileStore(directory)),
  };
  for (const client of SQLITE_CLIENTS) {
    const system = `sojourn sqlite, ${client}`;
    if (!isWanted(system, 'read') && !isWanted(system, 'write')) continue;
    try {
      subjects[system] = await sqlite(join(directory, `${client.replace(':', '-')}.sqlite`), loadSqlite(client));
    } catch (error) {
      const [reason] = String(error).split('\n', 1);
      process.stderr.write(`${name}: no ${client} here (${reason})\n`);
    }
  }
  /** @type {Cell[]} */
  const cells = [];
  for (const [system, subject] of Object.entries(subjects)) cells.push(...(await cellsOf(system, subject, isWanted)));
  return {
    cells: wantedOf(cells, isWanted),
    async close() {
      for (const subject of Object.values(subjects)) subject.close?.();
      await rm(directory, { recursive: true });
    },
  };
}

/**
 * @param {string} system
 * @param {Subject} subject
 * @param {(system: string, action: string) => boolean} isWanted
 * @returns {Promise<Cell[]>}
 */
async function cellsOf(system, subject, isWanted) {
  const verbs = Object.entries({ read: subject.read, write: subject.write }).filter(
    ([action]) => system === BARE || isWanted(system, action),
  );
  if (verbs.length === 0) return [];
  const ids = Array.from({ length: RECORDS }, (_, index) => `record-${index}`.padEnd(43, '-'));
  for (const id of ids) await subject.write(id);
  let next = 0;
  return verbs.map(([action, verb]) => ({
    case: name,
    system,
    action,
    run: async (milliseconds) => ({
      cpuMicros: await cpuOf(() => verb(/** @type {string} */ (ids[next++ % RECORDS])), milliseconds),
    }),
  }));
}

/** Reads, and updates at the version that the last write left. @param {SessionStore} store @returns {Subject} */
function sojourn(store) {
  /** @type {Map<string, unknown>} */
  const versions = new Map();
  const createdAt = Date.now();
  let count = 0;
  return {
    async read(id) {
      return present(await store.read(id));
    },
    async write(id) {
      const record = { data: VALUE + ++count, createdAt, touchedAt: createdAt, expiresAt: createdAt + HOUR };
      const version = versions.get(id);
      versions.set(id, present(await (version === undefined ? store.create(id, record) : store.update(id, record, version))));
    },
  };
}

/** @param {string} client @returns {new (file: string) => any} */
function loadSqlite(client) {
  if (client === 'node:sqlite') return require(client).DatabaseSync;
  // The binary of a newer one ends the process there instead of failing to load.
  if (client === 'better-sqlite3' && Number.parseInt(process.versions.node, 10) < 22) {
    const { version } = require(`${client}/package.json`);
    if (Number.parseInt(version, 10) >= 13) throw new Error(`better-sqlite3 ${version} needs Node 22`);
  }
  return require(client);
}

/** With the settings that the store gives a file of its own. @param {string} file @param {new (file: string) => any} Database */
async function sqlite(file, Database) {
  const database = new Database(file);
  database.exec('pragma busy_timeout = 1500; pragma journal_mode = wal; pragma synchronous = normal');
  const store = sqliteStore({ database });
  await store.migrate?.();
  return { ...sojourn(store), close: () => database.close() };
}

/** @param {any} store @returns {Subject} */
function expressSession(store) {
  const get = promisify(store.get.bind(store));
  const set = promisify(store.set.bind(store));
  let count = 0;
  return {
    async read(id) {
      return present(await get(id));
    },
    write: (id) => set(id, { cookie: { originalMaxAge: HOUR, expires: new Date(Date.now() + HOUR) }, value: VALUE + ++count }),
  };
}

/** @param {unknown} value */
function present(value) {
  if (value === undefined || value === null) throw new Error('A store lost a record');
  return value;
}
