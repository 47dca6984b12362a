import { jsonCodec } from '../codecs/json.js';
import { SessionError } from '../core/errors.js';
import { parsePath, SessionData } from '../core/internal.js';
import { tokenId } from '../keys/token.js';
import { checkOptions } from '../stores/contract/options.js';
import { refusedClient } from '../stores/contract/refused-client.js';
import { isMoved, type SessionStore } from '../stores/contract.js';
import { inTime, type StoreTimeoutOption } from './deadlines/in-time.js';
import { untilWritten } from './deadlines/until-written.js';
import { keyValueStore } from './key-value/store.js';
import { createTurns } from './key-value/turns.js';
import {
  Entries,
  enforced,
  type RouterStore,
  type SimplesImplementation,
} from './simples/contract.js';

export type { RouterStore, SimplesEntries, SimplesImplementation } from './simples/contract.js';

/** Options of {@link fromSimples}. */
export interface FromSimplesOptions {
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Options of {@link toSimples}. */
export interface ToSimplesOptions extends FromSimplesOptions, StoreTimeoutOption {}

/**
 * How long the id of a removed session stays reserved, in milliseconds. It must be longer than any
 * request that still holds the session.
 */
const REMOVED_KEPT = 86_400_000;

/**
 * Keeps sessions in the four functions of a simpleS store: `fromSimples({ get, set, remove })`. Its
 * guarantees hold within one process, and for one store on an implementation: other processes that
 * write there can undo acknowledged changes, or bring back ended sessions. `update` is never
 * called, since the deadline of a record is among its entries.
 * @throws `invalid-option` when `get`, `set` or `remove` is missing.
 */
export function fromSimples(
  implementation: SimplesImplementation,
  options: FromSimplesOptions = {},
): SessionStore<string> {
  for (const method of ['get', 'set', 'remove'] as const) {
    if (typeof implementation?.[method] !== 'function')
      throw new SessionError(
        'invalid-option',
        `The store has no ${method}. Give an object with get, set and remove.`,
      );
  }
  checkOptions('fromSimples', options, ['now']);
  const { now = Date.now } = options;
  const store = enforced(implementation);
  const backend = {
    name: 'simples',
    get: async (key: string) => plain(await store.get(key)),
    set: async (key: string, kept: object, ttl: number) =>
      void (await store.set(key, new Entries(key, ttl, Object.entries(kept)), ttl)),
    delete: async (key: string) => void (await store.remove(key)),
  };
  return keyValueStore(backend, now);
}

/**
 * A store for simpleS that keeps its sessions in a Sojourn store: `server.session({ enabled: true,
 * store: toSimples(redisStore({ client })) })`. A connection that still holds a removed session
 * does not bring it back. simpleS saves whole sessions, so when two connections change one session
 * at the same time, the later save wins; `sessionMiddleware` of 'sojourn/simples' keeps both
 * changes. Values are stored as JSON.
 */
export function toSimples(store: SessionStore, options: ToSimplesOptions = {}): RouterStore {
  if (typeof store?.read !== 'function')
    throw refusedClient('toSimples', 'store', store, 'Give a store of Sojourn.');
  checkOptions('toSimples', options, ['now', 'storeTimeout']);
  const { storeTimeout, now = Date.now } = options;
  const bounded = inTime(store, storeTimeout);
  const codec = jsonCodec();
  const inTurn = createTurns({ name: store.name });

  async function find(id: string): Promise<SessionData | undefined> {
    const found = await bounded.read(id);
    if (found === undefined || isMoved(found.record)) return undefined;
    return SessionData.decode(found.record.data, codec);
  }

  /** Writes the record over any other one, unless the session was removed. */
  function put(id: string, data: string, timeout: number): Promise<void> {
    return inTurn(id, () => untilWritten(id, () => tryPut(id, data, timeout)));
  }

  /** `false` when another process wrote in between. */
  async function tryPut(id: string, data: string, timeout: number): Promise<boolean> {
    const found = await bounded.read(id);
    const touchedAt = now();
    const record = { data, createdAt: touchedAt, touchedAt, expiresAt: touchedAt + timeout };
    if (found === undefined) return (await bounded.create(id, record)) !== undefined;
    if (isMoved(found.record)) return true;
    const { createdAt } = found.record;
    return (
      (await bounded.update(id, { ...found.record, ...record, createdAt }, found.version)) !==
      undefined
    );
  }

  /** Leaves a mark in place of the session; `false` when another process wrote in between. */
  async function tryRemove(id: string): Promise<boolean> {
    const found = await bounded.read(id);
    const touchedAt = now();
    const mark = { data: '', createdAt: 0, touchedAt, expiresAt: touchedAt + REMOVED_KEPT };
    if (found === undefined) return (await bounded.create(id, mark)) !== undefined;
    return (await bounded.update(id, mark, found.version)) !== undefined;
  }

  return {
    async get(sessionId) {
      const id = tokenId(sessionId);
      const data = await inTurn(id, () => find(id));
      const entries =
        data && Object.fromEntries([...data.keys()].map((key) => [key, data.get(key)]));
      return (entries ?? null) as never;
    },

    async set(sessionId, session, timeout) {
      const id = tokenId(sessionId);
      const data = new SessionData(codec);
      for (const [key, value] of Object.entries(JSON.parse(JSON.stringify(session))))
        data.set(parsePath([key])[0], value);
      await put(id, data.encode(), timeout);
    },

    async remove(sessionId) {
      const id = tokenId(sessionId);
      await inTurn(id, () => untilWritten(id, () => tryRemove(id)));
    },

    async update(sessionId, timeout) {
      const id = tokenId(sessionId);
      await inTurn(id, async () => {
        if ((await find(id)) !== undefined) await bounded.touch(id, now() + timeout, now());
      });
    },
  };
}

/** The entries that {@link fromSimples} made, from a store that returns the same map. */
function plain(entries: object | null | undefined): unknown {
  return entries instanceof Map ? Object.fromEntries(entries) : entries;
}
