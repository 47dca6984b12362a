import { SessionError } from '../core/errors.js';
import type { SessionStore } from '../stores/contract.js';
import { type KeptRecord, keyValueStore } from './key-value/store.js';

/**
 * A `Storage` of unstorage 1. Its types follow what it is declared to hold; `never` fits them all.
 */
export interface UnstorageStorage {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: never, options: { ttl: number }): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(): Promise<string[]>;
}

/** Options of {@link unstorageStore}. */
export interface UnstorageStoreOptions {
  /** The storage, or a part of one: `prefixStorage(storage, 'sessions')`. */
  readonly storage: UnstorageStorage;
  /** The clock, in epoch milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps sessions in an unstorage storage, with any of its drivers. Promises hold within one
 * process, and for one store on a storage: other processes that write there can undo or bring back
 * what this one acknowledged.
 * @throws `invalid-option` when `storage` is not a storage.
 */
export function unstorageStore(options: UnstorageStoreOptions): SessionStore<string> {
  const { storage, now = Date.now } = options;
  if (typeof storage?.getItem !== 'function' || typeof storage.getKeys !== 'function') {
    throw new SessionError(
      'invalid-option',
      'storage is not a storage of unstorage. Give createStorage({ driver }).',
    );
  }
  const backend = {
    name: 'unstorage',
    get: (key: string) => storage.getItem(key),
    set: (key: string, value: KeptRecord, ttl: number) =>
      storage.setItem(key, value as never, { ttl: Math.ceil(ttl / 1000) }),
    delete: (key: string) => storage.removeItem(key),
    keys: () => storage.getKeys(),
  };
  return keyValueStore(backend, now);
}
