import { randomUUID } from 'node:crypto';
import { makeFolder } from '../../scripts/servers/process.js';
import { BARE, costInBatches, costOf, wantedOf } from '../measure.js';
import { OUR_STORES, openOrReason } from '../our-stores.js';

/** @import { Absent, Batches, Cell } from '../measure.js' */
/** @import { Candidate, OpenedStore } from '../our-stores.js' */
/** @import { SessionStore } from '../../dist/index.js' */

const name = 'store calls';
export const STORE_CALLS_CASE = { name };

const STORES = [
  'memory',
  'file',
  'sqlite, node:sqlite',
  'sqlite, better-sqlite3',
  'sqlite, libsql',
  'redis, node-redis',
  'redis, ioredis',
  'postgres',
  'mysql',
];
const ACTIONS = ['read', 'create', 'update', 'touch', 'destroy', 'byUser page'];

const VALUE = 'x'.repeat(300);
const HOUR = 3_600_000;
const USERS = 64;
/** How many sessions a user has, all on one page. */
const DEVICES = 8;
const PAGE = { limit: 100 };
/** How many records are created, or destroyed, before the clock stops for their opposite. */
const BATCH = 200;

/** @type {Readonly<Record<string, Candidate<OpenedStore>>>} */
const CANDIDATES = {
  [BARE]: { open: () => ({ store: bareStore() }) },
  ...Object.fromEntries(STORES.map((store) => [`sojourn ${store}`, candidateOf(store)])),
};

/** @type {import('../measure.js').OpenCase<typeof STORE_CALLS_CASE>} */
export async function openStoreCallsCase(_case, isWanted, servers) {
  const directory = makeFolder('bench');
  /** @type {Cell[]} */
  const cells = [];
  /** @type {Absent[]} */
  const absent = [];
  /** @type {OpenedStore[]} */
  const stores = [];
  for (const [system, candidate] of Object.entries(CANDIDATES)) {
    if (system !== BARE && !ACTIONS.some((action) => isWanted(system, action))) continue;
    const opened = await openOrReason(candidate, directory, servers);
    if (typeof opened === 'string') {
      absent.push({ system, reason: opened });
      continue;
    }
    stores.push(opened);
    cells.push(...(await cellsOf(system, opened.store)));
  }
  return {
    cells: wantedOf(cells, isWanted),
    absent,
    async close() {
      for (const { close } of stores) await close?.();
    },
  };
}

/** @param {string} system @param {SessionStore} store @returns {Promise<Cell[]>} */
async function cellsOf(system, store) {
  const createdAt = Date.now();
  const users = Array.from({ length: USERS }, () => randomUUID());
  const ids = Array.from({ length: USERS * DEVICES }, freshId);
  const owners = new Map(ids.map((id, index) => [id, users[index % USERS]]));
  /** @type {Map<string, unknown>} */
  const versions = new Map();
  let turn = 0;
  for (const id of ids) versions.set(id, done(await store.create(id, recordOf(id))));

  /** @param {string} id */
  function recordOf(id) {
    const userId = owners.get(id) ?? String(users[++turn % USERS]);
    const times = { createdAt, touchedAt: createdAt, expiresAt: createdAt + HOUR };
    return { data: VALUE + ++turn, userId, ...times };
  }

  /** @template Result @param {Result} result @returns {Result} */
  function done(result) {
    if (result === undefined || result === false) throw new Error(`${system} lost a record`);
    return result;
  }

  const next = () => String(ids[++turn % ids.length]);
  const create = async (/** @type {string} */ id) => done(await store.create(id, recordOf(id)));
  const destroy = async (/** @type {string} */ id) => done(await store.destroy(id));
  const freshIds = async () => Array.from({ length: BATCH }, freshId);

  /** @type {Record<string, () => Promise<unknown>>} */
  const calls = {
    read: async () => done(await store.read(next())),
    async update() {
      const id = next();
      versions.set(id, done(await store.update(id, recordOf(id), versions.get(id))));
    },
    touch: async () => done(await store.touch(next(), createdAt + HOUR + ++turn, createdAt + turn)),
    async 'byUser page'() {
      const page = await store.byUser?.(String(users[++turn % USERS]), PAGE);
      // The page of a store that has no index of users is one of all sessions.
      done(page?.entries.length === DEVICES || page?.next !== undefined);
    },
  };
  /** @type {Record<string, Batches>} */
  const batches = {
    create: {
      before: freshIds,
      task: create,
      after: (created) => Promise.all(created.map(destroy)),
    },
    destroy: {
      async before() {
        const created = await freshIds();
        await Promise.all(created.map(create));
        return created;
      },
      task: destroy,
    },
  };
  return ACTIONS.map((action) => ({
    case: name,
    system,
    action,
    run: (milliseconds) =>
      batches[action] === undefined
        ? costOf(/** @type {() => unknown} */ (calls[action]), milliseconds)
        : costInBatches(batches[action], milliseconds),
  }));
}

/** As long as the ids of sessions. */
function freshId() {
  return randomUUID().padEnd(43, '-');
}

/** @param {string} store */
function candidateOf(store) {
  return /** @type {Candidate<OpenedStore>} */ (OUR_STORES[store]);
}

/** Keeps nothing. @returns {SessionStore} */
function bareStore() {
  const times = { createdAt: 1, touchedAt: 1, expiresAt: Number.MAX_SAFE_INTEGER };
  const entry = { id: '', record: { data: '', ...times } };
  const page = { entries: Array.from({ length: DEVICES }, () => entry) };
  return {
    name: BARE,
    read: async () => ({ record: entry.record, version: 0 }),
    create: async () => 0,
    update: async () => 0,
    touch: async () => true,
    destroy: async () => true,
    byUser: async () => page,
  };
}
