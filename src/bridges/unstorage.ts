import { checkOptions } from '../stores/contract/options.js';
import { refusedClient } from '../stores/contract/refused-client.js';
import type { SessionStore } from '../stores/contract.js';
import { type KeptRecord, keyValueStore } from './key-value/store.js';

/**
 * A `Storage` of unstorage 1. Its types depend on the declared value type; `never` fits all of
 * them.
 */
export interface UnstorageStorage {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: never, options: { ttl: number }): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(): Promise<string[]>;
}

/** Options of {@link unstorageStore}. */
export interface UnstorageStoreOptions {
  /** The storage, or a part of it: `prefixStorage(storage, 'sessions')`. */
  readonly storage: UnstorageStorage;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps sessions in an unstorage storage, with any of its drivers. Its guarantees hold within one
 * process, and for one store on a storage: other processes that write there can undo acknowledged
 * changes, or bring back ended sessions.
 * @throws `invalid-option` when `storage` is not a storage.
 */
export function unstorageStore(options: UnstorageStoreOptions): SessionStore<string> {
  checkOptions('unstorageStore', options, ['storage', 'now'], 'storage');
  const { storage, now = Date.now } = options;
  const isStorage = (['getItem', 'setItem', 'removeItem', 'getKeys'] as const).every(
    (method) => typeof storage?.[method] === 'function',
  );
  // A driver has the same methods, but takes only texts.
  if (!isStorage || ('hasItem' in storage && !('mount' in storage))) {
    const advice = 'Give a storage of unstorage, not its driver: createStorage({ driver }).';
    throw refusedClient('unstorageStore', 'storage', storage, advice);
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
