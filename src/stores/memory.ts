import { isProduction } from '../core/environment.js';
import { SessionError } from '../core/errors.js';
import { checkOption, checkOptions } from './contract/options.js';
import type { SessionStore } from './contract.js';
import { RecordTable } from './memory/record-table.js';
import { sizeOf } from './memory/size.js';

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /**
   * The most records that are kept. Default 1,000,000. Above it, each new record evicts the least
   * recently used record: first among those without a `userId` that nobody read or wrote since they
   * were made, then among all without a `userId`. A number that is too low logs
   * people out; one that is too high exhausts the memory (a small session takes about 400 bytes).
   */
  capacity?: number | undefined;
  /**
   * The most bytes that all records may take together. Default 67,108,864 (64 MiB), room for about
   * 170,000 small sessions. A record counts 200 bytes and its texts: one byte per character, or two
   * when the text has a character beyond Latin-1. A write that needs more evicts records as with
   * `capacity`.
   */
  maxBytes?: number | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
  /** Whether to warn when `NODE_ENV` is `production`; default `true`. */
  warn?: boolean | undefined;
}

const SWEEP_INTERVAL = 10_000;
const MAX_BYTES = 67_108_864;
/**
 * Slots that one turn of the event loop may go through: freeing them all takes less than a
 * millisecond.
 */
const SLOTS_PER_TURN = 1024;

let warned = false;

/**
 * Keeps sessions in the memory of this process, as text, so a handler's objects are never shared
 * between requests. Expired sessions are freed within seconds. When the process ends, all sessions
 * are lost, and other processes do not see them. Use it for development, for tests, and for a
 * server of one process that may log everybody out at a restart.
 * @throws `invalid-option` when `capacity` or `maxBytes` is not a whole number above 0.
 */
export function memoryStore(options: MemoryStoreOptions = {}): SessionStore<number> {
  checkOptions('memoryStore', options, ['capacity', 'maxBytes', 'now', 'warn']);
  const { capacity = 1_000_000, maxBytes = MAX_BYTES, now = Date.now, warn = true } = options;
  for (const [name, value] of Object.entries({ capacity, maxBytes })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new SessionError(
        'invalid-option',
        `${name} is ${value}. Give how many records or bytes may be kept: a whole number above 0.`,
      );
  }
  checkOption('warn', warn, 'boolean', 'Give true or false.');
  if (warn && isProduction()) warnOnce();

  let table = new RecordTable();
  let sweeper: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  /**
   * One count for all records, so that not even a record that was destroyed and created again gets
   * a version twice.
   */
  let lastVersion = 0;

  async function prune(before: number, limit: number): Promise<number> {
    const records = table;
    let pruned = 0;
    for (let slot = 0; slot < records.end && pruned < limit; slot++) {
      if (endsTurn(slot)) await nextTurn();
      if (!records.isDue(slot, before)) continue;
      records.remove(slot);
      pruned++;
    }
    return pruned;
  }

  /** Evicts until a record of `size` bytes fits, in place of the one in `slot` if there is one. */
  function makeRoom(size: number, slot = 0): void {
    if (size > maxBytes) {
      throw new SessionError(
        'store-failed',
        `A record takes ${size} bytes, and the memory store holds ${maxBytes} in all. Raise maxBytes, or keep less in the session.`,
      );
    }
    if (slot === 0 && table.count === capacity) table.evict();
    while (table.bytes - table.size(slot) + size > maxBytes) table.evict(slot);
  }

  function sweepLater(): void {
    if (closed || sweeper !== undefined || table.count === 0) return;
    sweeper = setTimeout(() => void sweep(), SWEEP_INTERVAL);
    // On some platforms timers are numbers.
    sweeper.unref?.();
  }

  async function sweep(): Promise<void> {
    await prune(now(), Number.POSITIVE_INFINITY);
    sweeper = undefined;
    sweepLater();
  }

  return {
    name: 'memory',
    consistency: 'process',

    read(id) {
      const slot = table.find(id, now());
      if (slot === 0) return Promise.resolve(undefined);
      table.use(slot);
      return Promise.resolve(table.read(slot));
    },

    async create(id, record) {
      if (table.find(id, now()) !== 0) return undefined;
      const size = sizeOf(id, record);
      makeRoom(size);
      table.add(id, record, ++lastVersion, size);
      sweepLater();
      return lastVersion;
    },

    async update(id, record, version) {
      const slot = table.find(id, now());
      if (slot === 0 || table.version(slot) !== version) return undefined;
      const size = sizeOf(id, record);
      makeRoom(size, slot);
      table.replace(slot, record, ++lastVersion, size);
      return lastVersion;
    },

    touch(id, expiresAt, touchedAt) {
      const slot = table.find(id, now());
      if (slot === 0 || !table.isListed(slot, now())) return Promise.resolve(false);
      table.touch(slot, expiresAt, touchedAt);
      return Promise.resolve(true);
    },

    destroy(id, version) {
      const slot = table.find(id, now());
      if (slot === 0 || (version !== undefined && table.version(slot) !== version))
        return Promise.resolve(false);
      table.remove(slot);
      return Promise.resolve(true);
    },

    byUser: (userId, page) =>
      Promise.resolve(table.pageOfUser(userId, page, now(), SLOTS_PER_TURN)),

    list: (page) => Promise.resolve(table.page(page, now(), SLOTS_PER_TURN)),

    async count() {
      const records = table;
      let live = 0;
      for (let slot = 0; slot < records.end; slot++) {
        if (endsTurn(slot)) await nextTurn();
        if (records.isListed(slot, now())) live++;
      }
      return live;
    },

    prune,

    clear() {
      table = new RecordTable();
      return Promise.resolve();
    },

    close() {
      closed = true;
      clearTimeout(sweeper);
      return Promise.resolve();
    },
  };
}

function endsTurn(slot: number): boolean {
  return slot % SLOTS_PER_TURN === SLOTS_PER_TURN - 1;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function warnOnce(): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    'memoryStore keeps sessions in this process only: a restart signs everybody out, and other processes do not see them. ' +
      'Use sqliteStore on one machine, redisStore or postgresStore on several; or pass { warn: false } if one process is enough and a restart may log everybody out.',
    { type: 'SessionWarning', code: 'SOJOURN_MEMORY_STORE' },
  );
}
