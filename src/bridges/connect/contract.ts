import { SessionError } from '../../core/errors.js';
import type { CookieData } from './cookie.js';

/** A session in a store for express-session: data that JSON can hold, with a cookie. */
export interface ConnectSession {
  cookie: CookieData;
  [key: string]: unknown;
}

/**
 * The callback of a store for express-session. Its errors can have any type. Declared as a method,
 * so that a callback may choose a type for them.
 */
export type Answer<Result = void> = { answer(error?: unknown, result?: Result): void }['answer'];

/**
 * A method that a store may lack. TypeScript compares it as a method, so stores with their own
 * session type fit too.
 */
type Optional<Parameters extends unknown[]> =
  | { verb(...parameters: Parameters): unknown }['verb']
  | undefined;

/**
 * The methods that a store for express-session needs. Every class that extends its `Store` fits.
 */
export interface AnyConnectStore {
  get(id: string, answer: Answer<unknown>): unknown;
  set(id: string, session: never, answer: Answer<unknown>): unknown;
  destroy(id: string, answer: Answer<unknown>): unknown;
  touch?: Optional<[id: string, session: never, answer: Answer<unknown>]>;
  all?: Optional<[answer: Answer<unknown>]>;
}

/**
 * How long a store call may take, in milliseconds. A store that lost its server may never answer.
 */
export const TIMEOUT = 10_000;

type Verb = 'get' | 'set' | 'destroy' | 'touch' | 'all';

/**
 * Like {@link askStore}, with a time limit.
 * @throws `store-timeout` after ten seconds.
 */
export function callStore(
  store: AnyConnectStore,
  verb: Verb,
  ...parameters: unknown[]
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const message = `The session store did not answer '${verb}' within ${TIMEOUT} ms. Check its server.`;
      reject(new SessionError('store-timeout', message));
    }, TIMEOUT);
    askStore(store, verb, ...parameters).then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/**
 * Calls a method of a store. Rejects with the store's own error, whether the store passes it to the
 * callback, throws it or rejects with it. If the store never answers, the promise stays pending for
 * ever.
 */
export function askStore(
  store: AnyConnectStore,
  verb: Verb,
  ...parameters: unknown[]
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const answer: Answer<unknown> = (error, result) => {
      if (error) reject(error);
      else resolve(result);
    };
    try {
      const call = store[verb] as (...parameters: unknown[]) => unknown;
      const returned = call.call(store, ...parameters, answer);
      if (returned instanceof Promise) returned.catch(answer);
    } catch (error) {
      answer(error);
    }
  });
}

/** The stored session; `undefined` when there is none. File stores report that with `ENOENT`. */
export async function getSession(
  store: AnyConnectStore,
  id: string,
): Promise<ConnectSession | undefined> {
  try {
    return ((await callStore(store, 'get', id)) as ConnectSession | null | undefined) ?? undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Like {@link getSession}, and checks the session.
 * @throws `invalid-record` when the stored session is damaged.
 */
export async function readSession(
  store: AnyConnectStore,
  id: string,
): Promise<ConnectSession | undefined> {
  try {
    const session = await getSession(store, id);
    return session && checkedSession(session);
  } catch (error) {
    throw error instanceof SyntaxError ? damaged(error) : error;
  }
}

/**
 * The session in a JSON text.
 * @throws `invalid-record` when it is damaged.
 */
export function parseSession(text: string): ConnectSession {
  try {
    return checkedSession(JSON.parse(text));
  } catch (error) {
    throw error instanceof SyntaxError ? damaged(error) : error;
  }
}

function checkedSession(session: unknown): ConnectSession {
  const { cookie } = Object(session) as Partial<ConnectSession>;
  if (typeof cookie === 'object' && cookie !== null) return session as ConnectSession;
  throw damaged();
}

function damaged(cause?: unknown): SessionError {
  return new SessionError(
    'invalid-record',
    'A stored session is damaged, or something else wrote it: it is not JSON, or has no cookie. Destroy it.',
    { cause },
  );
}

/** Warns once that a session is damaged, so its visitor begins anew. */
export function damageWarning(): (error: unknown) => void {
  let hasWarned = false;
  return (error) => {
    if (hasWarned) return;
    hasWarned = true;
    process.emitWarning(
      `A visitor begins anew. ${error instanceof Error ? error.message : error}`,
      {
        type: 'SessionWarning',
        code: 'SOJOURN_DAMAGED',
      },
    );
  };
}

/**
 * Passes a result to a callback, outside any promise, so that no promise catches an error of the
 * callback.
 */
export function tell<Result>(task: Promise<Result>, answer: Answer<Result>): void {
  task.then(
    (result) => process.nextTick(answer, null, result),
    (error) => process.nextTick(answer, error),
  );
}
