import { type Duration, milliseconds } from '../core/internal.js';
import { tokenId } from '../keys/token.js';
import { checkOptions } from '../stores/contract/options.js';
import { refusedClient } from '../stores/contract/refused-client.js';
import { isMoved, type SessionRecord, type SessionStore } from '../stores/contract.js';
import { inTime, type StoreTimeoutOption } from './deadlines/in-time.js';
import { untilWritten } from './deadlines/until-written.js';
import { createTurns } from './key-value/turns.js';

/** What Astro wants of a session driver: its `SessionDriver`. */
export interface AstroDriver {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
}

/** Options of {@link toAstro}. */
export interface ToAstroOptions extends StoreTimeoutOption {
  /** How long a session lives without a request that uses it. Default `'2h'`. */
  readonly idleTimeout?: Duration | undefined;
  /**
   * How long a session that was destroyed leaves a trace, so that a request that was still running
   * does not bring it back. Default `'30s'`.
   */
  readonly deadFor?: Duration | undefined;
  /** The clock, in epoch milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** The part of `idleTimeout` after which a session that is read is touched. */
const TOUCH_PART = 20;

/**
 * Any store as a driver for Astro's own sessions (`Astro.session`), for the entrypoint that
 * `session.driver` of astro.config names:
 * `export default () => toAstro(sqliteStore({ file: 'sessions.sqlite' }))`. Astro reads and writes
 * whole sessions, so of two requests that write at once the later one wins. The store sees hashes
 * of Astro's ids.
 * @throws `invalid-option` when `store` is no Sojourn store.
 */
export function toAstro(store: SessionStore, options: ToAstroOptions = {}): AstroDriver {
  if (typeof store?.read !== 'function' || typeof store.create !== 'function')
    throw refusedClient('toAstro', 'store', store, 'Give a store of Sojourn.');
  checkOptions('toAstro', options, ['idleTimeout', 'deadFor', 'storeTimeout', 'now']);
  const { storeTimeout, now = Date.now } = options;
  const idleTimeout = milliseconds(options.idleTimeout ?? '2h', 'idleTimeout');
  const deadFor = milliseconds(options.deadFor ?? '30s', 'deadFor');
  const bounded = inTime(store, storeTimeout);
  const inTurn = createTurns({ name: store.name });

  function fresh(data: string): SessionRecord {
    const time = now();
    return { data, createdAt: time, touchedAt: time, expiresAt: time + idleTimeout };
  }

  /** `false` when another process wrote in between. */
  async function tryWrite(id: string, data: string): Promise<boolean> {
    const found = await bounded.read(id);
    if (found === undefined) return (await bounded.create(id, fresh(data))) !== undefined;
    // The session was destroyed meanwhile, and stays so.
    if (isMoved(found.record)) return true;
    const { createdAt } = found.record;
    const record = { ...fresh(data), createdAt };
    return (await bounded.update(id, record, found.version)) !== undefined;
  }

  async function tryRemove(id: string): Promise<boolean> {
    const found = await bounded.read(id);
    if (found === undefined || isMoved(found.record)) return true;
    const time = now();
    const trace = { data: '', createdAt: 0, touchedAt: time, expiresAt: time + deadFor };
    return (await bounded.update(id, trace, found.version)) !== undefined;
  }

  return {
    async getItem(key) {
      const id = tokenId(key);
      const found = await bounded.read(id);
      if (found === undefined || isMoved(found.record)) return null;
      const time = now();
      if (time - found.record.touchedAt >= idleTimeout / TOUCH_PART)
        await bounded.touch(id, time + idleTimeout, time);
      return found.record.data;
    },
    async setItem(key, value) {
      const id = tokenId(key);
      await inTurn(id, () => untilWritten(id, () => tryWrite(id, value)));
    },
    async removeItem(key) {
      const id = tokenId(key);
      await inTurn(id, () => untilWritten(id, () => tryRemove(id)));
    },
  };
}
