import { SessionError } from '../core/errors.js';
import { checkOptions } from '../stores/contract/options.js';
import { refusedClient } from '../stores/contract/refused-client.js';
import type { SessionStore } from '../stores/contract.js';
import { type KeptRecord, type KeyValueBackend, keyValueStore } from './key-value/store.js';

/** A `Keyv` of keyv 5 or 6. Its types follow what it is declared to hold; `never` fits them all. */
export interface KeyvInstance {
  get(key: string): Promise<unknown>;
  set(key: string, value: never, ttl: number): Promise<boolean>;
  delete(key: string): Promise<boolean>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  /** Keyv 5: absent when the backend cannot list. */
  iterator?(argument: unknown): AsyncIterable<readonly [string, unknown]>;
  /** Keyv 5 only. */
  readonly throwOnErrors?: boolean | undefined;
  /** Keyv 6 tells here what the backend can do. */
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
  /** A keyv with a `namespace` of its own; keyv 5 with `throwOnErrors: true`. */
  readonly keyv: KeyvInstance;
  /** The clock, in epoch milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps sessions in a keyv, with any of its backends. Promises hold within one process, and for one
 * store on a keyv: other processes that write there can undo or bring back what this one
 * acknowledged.
 * @throws `invalid-option` when `keyv` is not a keyv, or is a keyv 5 that hides its errors.
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
   * Keyv 6 and many backends emit an error and answer that there is nothing: one that is emitted
   * meanwhile makes the call fail.
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
          'The keyv answered that it did not store a record. Look at its backend.',
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

/** Keyv 6 always has an iterator, and it finds nothing when the backend cannot list. */
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
