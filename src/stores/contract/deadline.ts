import { SessionError } from '../../core/errors.js';
import type { SessionStore } from '../contract.js';

/**
 * The store with a deadline on every call of a request: client libraries wait for ever by default
 * when a server stalls. Rejects with `store-timeout`, or `store-failed` with the store's own error
 * as cause.
 */
export function withDeadline(store: SessionStore, timeout: number): SessionStore {
  const bounded = <Result>(verb: string, call: () => Promise<Result>): Promise<Result> =>
    within(timeout, store, verb, call);
  return {
    name: store.name,
    read: (id) => bounded('read', () => store.read(id)),
    create: (id, record) => bounded('create', () => store.create(id, record)),
    update: (id, record, version) => bounded('update', () => store.update(id, record, version)),
    touch: (id, expiresAt, touchedAt) =>
      bounded('touch', () => store.touch(id, expiresAt, touchedAt)),
    destroy: (id, version) => bounded('destroy', () => store.destroy(id, version)),
  };
}

/** The entries of a store's list, with the deadline on each step. */
export async function* withDeadlines<Entry>(
  entries: AsyncIterable<Entry>,
  timeout: number,
  store: SessionStore,
): AsyncGenerator<Entry> {
  const iterator = entries[Symbol.asyncIterator]();
  for (;;) {
    const step = await within(timeout, store, 'byUser', () => iterator.next());
    if (step.done === true) return;
    yield step.value;
  }
}

function within<Result>(
  timeout: number,
  store: SessionStore,
  verb: string,
  call: () => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new SessionError(
          'store-timeout',
          `The ${store.name} store did not answer '${verb}' within ${timeout} ms. Check that its server is up and reachable, or raise storeTimeout.`,
        ),
      );
    }, timeout);
    const fail = (cause: unknown): void => {
      clearTimeout(timer);
      reject(storeFailed(store, verb, cause));
    };
    try {
      call().then((result) => {
        clearTimeout(timer);
        resolve(result);
      }, fail);
    } catch (cause) {
      fail(cause);
    }
  });
}

/** The error of a store call that was rejected, keeping a `SessionError` as it is. */
export function storeFailed(store: SessionStore, verb: string, cause: unknown): SessionError {
  if (cause instanceof SessionError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SessionError(
    'store-failed',
    `The ${store.name} store failed in '${verb}': ${reason}. See the cause; nothing is known to be stored.`,
    {
      cause,
    },
  );
}
