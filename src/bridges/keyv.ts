import { SessionError } from '../core/errors.js';
import { checkOptions } from '../stores/contract/options.js';
import { refusedClient } from '../stores/contract/refused-client.js';
import type { SessionStore } from '../stores/contract.js';
import { type KeptRecord, type KeyValueBackend, keyValueStore } from './key-value/store.js';

/**
 * A `Keyv` of keyv 5 or 6. Its types depend on the declared value type; `never` fits all of them.
 */
export interface KeyvInstance {
  get(key: string): Promise<unknown>;
  set(key: string, value: never, ttl: number): Promise<boolean>;
  delete(key: string): Promise<boolean>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  /** In keyv 5, absent when the backend cannot list. */
  iterator?(argument: unknown): AsyncIterable<readonly [string, unknown]>;
  /** Keyv 5 only. */
  readonly throwOnErrors?: boolean | undefined;
  /** In keyv 6, what the backend can do. */
  readonly store: {
    readonly capabilities?:
      | {
          readonly store: string;
          readonly methods: { readonly iterator: { readonly exists: boolean } };
        }
      | undefined;
  };
}

/** Options of {@link keyvStore}. */
export interface KeyvStoreOptions {
  /** A keyv with its own `namespace`. Keyv 5 needs `throwOnErrors: true`. */
  readonly keyv: KeyvInstance;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps sessions in a keyv, with any of its backends. Its guarantees hold within one process, and
 * for one store on a keyv: other processes that write there can undo acknowledged changes, or bring
 * back ended sessions.
 * @throws `invalid-option` when `keyv` is not a keyv, or is a keyv 5 without `throwOnErrors: true`.
 */
export function keyvStore(options: KeyvStoreOptions): SessionStore<string> {
  checkOptions('keyvStore', options, ['keyv', 'now'], 'keyv');
  const { keyv, now = Date.now } = options;
  const isKeyv = (['get', 'set', 'delete', 'on'] as const).every(
    (method) => typeof keyv?.[method] === 'function',
  );
  if (!isKeyv || typeof keyv.store !== 'object') {
    const advice = 'Give a Keyv: new Keyv({ store, throwOnErrors: true }).';
    throw refusedClient('keyvStore', 'keyv', keyv, advice);
  }
  if (keyv.throwOnErrors === false) {
    throw new SessionError(
      'invalid-option',
      'This keyv hides errors: a backend that is down would look like one without sessions. Give throwOnErrors: true to new Keyv.',
    );
  }

  let failures = 0;
  let lastFailure: unknown;
  keyv.on('error', (error) => {
    failures++;
    lastFailure = error;
  });

  /**
   * Keyv 6 and many backends emit an error, and answer as if there were no value. An error that is
   * emitted during a call makes the call fail.
   */
  async function watched<Result>(call: () => Promise<Result>): Promise<Result> {
    const before = failures;
    const result = await call();
    if (failures !== before) throw lastFailure;
    return result;
  }

  const backend: KeyValueBackend = {
    name: 'keyv',
    get: (key) => watched(() => keyv.get(key)),

    async set(key: string, value: KeptRecord, ttl: number) {
      if ((await watched(() => keyv.set(key, value as never, ttl))) === false) {
        throw new SessionError(
          'store-failed',
          'The keyv answered that it did not store a record. Check its backend.',
        );
      }
    },

    async delete(key) {
      await watched(() => keyv.delete(key));
    },

    keys: canList(keyv) ? () => watched(() => keysOf(keyv)) : undefined,
  };
  return keyValueStore(backend, now);
}

/** Keyv 6 always has an iterator, which finds nothing when the backend cannot list. */
function canList({ iterator, store }: KeyvInstance): boolean {
  const { capabilities } = store;
  const isListed =
    capabilities === undefined ||
    capabilities.store === 'mapLike' ||
    capabilities.methods.iterator.exists;
  return typeof iterator === 'function' && isListed;
}

async function keysOf(keyv: KeyvInstance): Promise<string[]> {
  const keys: string[] = [];
  for await (const [key] of keyv.iterator?.(undefined) ?? []) keys.push(key);
  return keys;
}
