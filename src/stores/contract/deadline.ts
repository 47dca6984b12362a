import { isSessionError, SessionError } from '../../core/errors.js';
import type { SessionRecord, SessionStore, StoredSession } from '../contract.js';

/** The time by which all store calls of one step must have ended. */
export interface Budget {
  /** By `performance.now()`. */
  readonly endsAt: number;
  /** In milliseconds, for the message. */
  readonly timeout: number;
}

/** A budget of so many milliseconds that begins now. */
export function budgetOf(timeout: number): Budget {
  return { endsAt: performance.now() + timeout, timeout };
}

/** The result of one store call. */
export interface StoreCall {
  readonly store: string;
  readonly verb: string;
  readonly milliseconds: number;
  readonly outcome: 'ok' | 'failed' | 'timeout';
}

/** Who hears of the calls of a store. */
export interface StoreHooks {
  /** Gives whoever wants to hear how each call went. */
  onCall(): ((call: StoreCall) => void) | undefined;
  onCircuit(store: string, state: 'open' | 'closed'): void;
}

export const NO_HOOKS: StoreHooks = { onCall: () => undefined, onCircuit: () => undefined };

/** A store whose calls end with the budget of their caller. */
export interface TimedStore {
  readonly name: string;
  read(id: string, budget: Budget): Promise<StoredSession | undefined>;
  create(id: string, record: SessionRecord, budget: Budget): Promise<unknown>;
  update(id: string, record: SessionRecord, version: unknown, budget: Budget): Promise<unknown>;
  touch(id: string, expiresAt: number, touchedAt: number, budget: Budget): Promise<boolean>;
  destroy(id: string, version: unknown, budget: Budget): Promise<boolean>;
  /** A copy of the record, at most so many milliseconds old, from a store that keeps copies. */
  readStale(id: string, maxAge: number, budget: Budget): Promise<StoredSession | undefined>;
}

/**
 * The store with a deadline on every call of a request: client libraries wait for ever by default
 * when a server stalls. Rejects with `store-timeout`, or `store-failed` with the store's own error
 * as cause.
 */
export function withBudgets(store: SessionStore, onCall: StoreHooks['onCall']): TimedStore {
  const { name } = store;
  const timed = <Result>(
    budget: Budget,
    verb: string,
    call: () => Promise<Result>,
  ): Promise<Result> => {
    const answer = within(budget, name, verb, call);
    const report = onCall();
    return report === undefined ? answer : reported(answer, name, verb, report);
  };
  return {
    name,
    read: (id, budget) => timed(budget, 'read', () => store.read(id)),
    create: (id, record, budget) => timed(budget, 'create', () => store.create(id, record)),
    update: (id, record, version, budget) =>
      timed(budget, 'update', () => store.update(id, record, version)),
    touch: (id, expiresAt, touchedAt, budget) =>
      timed(budget, 'touch', () => store.touch(id, expiresAt, touchedAt)),
    destroy: (id, version, budget) => timed(budget, 'destroy', () => store.destroy(id, version)),
    readStale: (id, maxAge, budget) =>
      within(budget, name, 'readStale', async () => store.readStale?.(id, maxAge)),
  };
}

/** The five verbs of a store, each call with a budget of its own: for callers outside a request. */
export function withDeadline(
  store: SessionStore,
  timeout: number,
): Pick<SessionStore, 'name' | 'read' | 'create' | 'update' | 'touch' | 'destroy'> {
  const timed = withBudgets(store, NO_HOOKS.onCall);
  return {
    name: store.name,
    read: (id) => timed.read(id, budgetOf(timeout)),
    create: (id, record) => timed.create(id, record, budgetOf(timeout)),
    update: (id, record, version) => timed.update(id, record, version, budgetOf(timeout)),
    touch: (id, expiresAt, touchedAt) => timed.touch(id, expiresAt, touchedAt, budgetOf(timeout)),
    destroy: (id, version) => timed.destroy(id, version, budgetOf(timeout)),
  };
}

async function reported<Result>(
  answer: Promise<Result>,
  store: string,
  verb: string,
  report: (call: StoreCall) => void,
): Promise<Result> {
  const since = performance.now();
  let outcome: StoreCall['outcome'] = 'ok';
  try {
    return await answer;
  } catch (error) {
    outcome = (error as { code?: unknown }).code === 'store-timeout' ? 'timeout' : 'failed';
    throw error;
  } finally {
    report({ store, verb, milliseconds: performance.now() - since, outcome });
  }
}

/**
 * The result of `call`, or the error of `late` when the budget ends first. The default error names
 * the store.
 * @throws `store-timeout`, `store-failed` with the error of `call` as cause.
 */
export function within<Result>(
  budget: Budget,
  store: string,
  verb: string,
  call: () => Promise<Result>,
  late: () => SessionError = () => timedOut(store, verb, budget),
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (): void => {
      isOver = true;
      if (timer !== undefined) clearTimeout(timer);
    };
    const fail = (cause: unknown): void => {
      end();
      reject(storeFailed(store, verb, cause));
    };
    const expire = (): void => {
      if (!isOver) fail(late());
    };
    const left = budget.endsAt - performance.now();
    if (left <= 0) {
      expire();
      return;
    }
    try {
      call().then((result) => {
        end();
        resolve(result);
      }, fail);
    } catch (cause) {
      fail(cause);
      return;
    }
    // A store that answers in this tick needs no timer. When the timer fires, answers that are here
    // already are taken first: a busy event loop is no silence of the store.
    queueMicrotask(() => {
      if (!isOver) timer = setTimeout(() => later(expire), left);
    });
  });
}

function later(task: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(task);
  else setTimeout(task, 0);
}

function timedOut(store: string, verb: string, { timeout }: Budget): SessionError {
  return new SessionError(
    'store-timeout',
    `The ${store} store did not answer '${verb}' within ${timeout} ms. Check that its server is up and reachable, or raise storeTimeout.`,
  );
}

/** The error of a failed store call. A `SessionError` is returned unchanged. */
export function storeFailed(store: string, verb: string, cause: unknown): SessionError {
  if (isSessionError(cause)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SessionError(
    'store-failed',
    `The ${store} store failed in '${verb}': ${reason}. See the cause. A change may or may not be stored.`,
    { cause },
  );
}
