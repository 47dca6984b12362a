import type { Codec } from '../codecs/codec.js';
import { jsonCodec } from '../codecs/json.js';
import { SessionError } from '../core/errors.js';
import { type Duration, milliseconds, parsePath, SessionData } from '../core/internal.js';
import { tokenId } from '../keys/token.js';
import { checkOptions } from '../stores/contract/options.js';
import { refusedClient } from '../stores/contract/refused-client.js';
import type { SessionStore, StoredSession } from '../stores/contract.js';
import { inTime, type StoreTimeoutOption } from './deadlines/in-time.js';
import { untilWritten } from './deadlines/until-written.js';
import type { ISessionStore } from './fort/contract.js';
import { keyValueStore } from './key-value/store.js';
import { createTurns } from './key-value/turns.js';

export type { ISessionStore } from './fort/contract.js';

/** The methods of a FortJs store, of either generation, that {@link fromFort} uses. */
export interface FortStore {
  sessionId: string;
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  clear(): Promise<unknown>;
}

/** The class of a FortJs store. Each session gets an instance, made with its id. */
export type FortStoreClass = new (sessionId: string) => FortStore;

/** Options of {@link fromFort}. */
export interface FromFortOptions {
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Options of {@link toFort}. */
export interface ToFortOptions extends StoreTimeoutOption {
  /**
   * How long a session lives from its first write, used or not. Set it to the minutes of
   * `Fort.sessionTimeOut`. Default `'60m'`.
   */
  readonly lifetime?: Duration | undefined;
  /** Turns values into text. The default, JSON, refuses values that it would change. */
  readonly codec?: Codec | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * The only key of a FortJs session that is used, so that a record is written whole or not at all.
 */
const RECORD = 'record';

/**
 * Keeps sessions in a store class written for FortJs: `fromFort(MySessionStore)`. Its guarantees
 * hold within one process, and for one store on a class: other processes that write there can undo
 * acknowledged changes, or bring back ended sessions.
 * @throws `invalid-option` when `Store` is not a class.
 */
export function fromFort(
  Store: FortStoreClass,
  options: FromFortOptions = {},
): SessionStore<string> {
  if (typeof Store !== 'function') {
    throw new SessionError(
      'invalid-option',
      'fromFort takes the store class itself, as Fort.sessionStore does. Give fromFort(MyStore).',
    );
  }
  checkOptions('fromFort', options, ['now']);
  const { now = Date.now } = options;
  const open = (sessionId: string): FortStore => {
    const store = new Store(sessionId);
    // A class of the first generation gets no id.
    store.sessionId = sessionId;
    return store;
  };
  const backend = {
    name: 'fort',
    get: async (key: string) => parse(await open(key).get(RECORD)),
    // As text: a Redis hash holds only texts.
    set: async (key: string, kept: object) =>
      void (await open(key).set(RECORD, JSON.stringify(kept))),
    delete: async (key: string) => void (await open(key).clear()),
  };
  return keyValueStore(backend, now);
}

/**
 * A store class for `Fort.sessionStore` that keeps FortJs's sessions in a Sojourn store:
 * `Fort.sessionStore = toFort(redisStore({ client }))`. Each method compares and writes in one
 * step, so parallel requests keep each other's keys, and a session that `clear` ended stays ended.
 * FortJs still makes the ids and the cookie; `sessionWall` of 'sojourn/fort' replaces these too.
 */
export function toFort(
  store: SessionStore,
  options: ToFortOptions = {},
): new (
  sessionId: string,
) => ISessionStore {
  if (typeof store?.read !== 'function')
    throw refusedClient('toFort', 'store', store, 'Give a store of Sojourn.');
  checkOptions('toFort', options, ['lifetime', 'codec', 'storeTimeout', 'now']);
  const { lifetime = '60m', codec = jsonCodec(), storeTimeout, now = Date.now } = options;
  const bounded = inTime(store, storeTimeout);
  const age = milliseconds(lifetime, 'lifetime');
  const inTurn = createTurns({ name: store.name });

  return class SojournSessionStore implements ISessionStore {
    #sessionId: string;
    /**
     * Whether this request saw the session. If the session is gone later, another request ended it,
     * and this request does not begin it anew.
     */
    #wasThere = false;

    constructor(sessionId: string) {
      this.#sessionId = sessionId;
    }

    get sessionId(): string {
      return this.#sessionId;
    }

    set sessionId(sessionId: string) {
      this.#sessionId = sessionId;
      this.#wasThere = false;
    }

    async get(key: string): Promise<unknown> {
      const data = await this.#data();
      return data === undefined ? null : data.get(key);
    }

    async isAnyExist(): Promise<boolean> {
      return (await this.#data()) !== undefined || this.#wasThere;
    }

    async isExist(key: string): Promise<boolean> {
      const value = (await this.#data())?.get(key);
      return value !== undefined && value !== null;
    }

    async getAll(): Promise<{ [key: string]: unknown }> {
      const data = await this.#data();
      return Object.fromEntries([...(data?.keys() ?? [])].map((key) => [key, data?.get(key)]));
    }

    async set(key: string, value: unknown): Promise<void> {
      await this.setMany({ [key]: value });
    }

    async setMany(values: { [key: string]: unknown }): Promise<undefined[]> {
      const entries = Object.entries(values).map(
        ([key, value]) => [...parsePath([key]), value] as const,
      );
      if (entries.length > 0) {
        await this.#change((data) => {
          for (const [key, value] of entries) put(data, key, value);
        });
      }
      return entries.map(() => undefined);
    }

    async remove(key: string): Promise<void> {
      if ((await this.#data())?.has(key) !== true) return;
      await this.#change((data) => {
        if (data.has(key)) data.set(key, null);
      });
    }

    async clear(): Promise<void> {
      if (this.#sessionId === undefined) return;
      const id = tokenId(this.#sessionId);
      await inTurn(id, () => bounded.destroy(id));
      this.#wasThere = false;
    }

    async #read(id: string): Promise<StoredSession | undefined> {
      const found = await bounded.read(id);
      if (found !== undefined) this.#wasThere = true;
      return found;
    }

    async #data(): Promise<SessionData | undefined> {
      // Without a cookie FortJs gives no id.
      if (this.#sessionId === undefined) return undefined;
      const found = await this.#read(tokenId(this.#sessionId));
      return found && SessionData.decode(found.record.data, codec);
    }

    #change(change: (data: SessionData) => void): Promise<void> {
      const id = tokenId(this.#sessionId);
      return inTurn(id, () => untilWritten(id, () => this.#tryChange(id, change)));
    }

    /** `false` when another process wrote in between. */
    async #tryChange(id: string, change: (data: SessionData) => void): Promise<boolean> {
      const found = await this.#read(id);
      if (found === undefined && this.#wasThere) return true;
      const data =
        found === undefined ? new SessionData(codec) : SessionData.decode(found.record.data, codec);
      change(data);
      const touchedAt = now();
      const text = data.encode();
      if (found !== undefined)
        return (
          (await bounded.update(id, { ...found.record, data: text, touchedAt }, found.version)) !==
          undefined
        );
      const record = { data: text, createdAt: touchedAt, touchedAt, expiresAt: touchedAt + age };
      return (await bounded.create(id, record)) !== undefined;
    }
  };
}

function put(data: SessionData, key: string, value: unknown): void {
  if (value === undefined) data.delete(key);
  else data.set(key, value);
}

/** The record that {@link fromFort} wrote; `undefined` when there is none, or another value. */
function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
