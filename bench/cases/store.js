import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { makeFolder } from '../../scripts/servers/process.js';
import { BARE, costOf, throughputOf, wantedOf } from '../measure.js';
import { OUR_STORES, openOrReason } from '../our-stores.js';
import { connectRedis, MemoryStore, sessionFileStore } from '../systems/peers.js';

/** @import { Absent, Cell, IsWanted } from '../measure.js' */
/** @import { Candidate, OpenedStore } from '../our-stores.js' */

/**
 * A store as this case uses it.
 * @typedef {object} Subject
 * @property {(id: string) => Promise<unknown>} read rejects or gives `undefined` when there is
 * nothing
 * @property {(id: string) => Promise<unknown>} write creates the first time
 * @property {() => unknown} [close]
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

/** @type {Readonly<Record<string, Candidate<Subject>>>} */
const CANDIDATES = {
  [BARE]: { open: () => ({ read: async (id) => id, write: async (id) => id }) },
  ...Object.fromEntries(
    Object.entries(OUR_STORES).map(([store, { server, open }]) => [
      `sojourn ${store}`,
      { ...(server && { server }), open: async (place) => ours(await open(place)) },
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
  for (const [system, candidate] of Object.entries(CANDIDATES)) {
    if (system !== BARE && !ACTIONS.some((action) => isWanted(system, action))) continue;
    const subject = await openOrReason(candidate, directory, servers);
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
 * Reads, and updates at the version that the last write left. @param
 * {OpenedStore} opened @returns {Subject}
 */
function ours({ store, close }) {
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
    ...(close && { close }),
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
