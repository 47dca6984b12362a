import { SessionError } from '../../core/errors.js';
import type { CookieData } from './cookie.js';

/**
 * A session as stores of express-session take and give it: what JSON can carry, with its cookie.
 */
export interface ConnectSession {
  cookie: CookieData;
  [key: string]: unknown;
}

/**
 * How a store of express-session answers. Its errors can be anything; a method, so that a callback
 * may say what.
 */
export type Answer<Result = void> = { answer(error?: unknown, result?: Result): void }['answer'];

/**
 * A verb that a store may lack. Compared as methods are, so that stores fit whose sessions have a
 * type of their own.
 */
type Optional<Parameters extends unknown[]> =
  | { verb(...parameters: Parameters): unknown }['verb']
  | undefined;

/** What is asked of a store of express-session; whatever extends its `Store` fits. */
export interface AnyConnectStore {
  get(id: string, answer: Answer<unknown>): unknown;
  set(id: string, session: never, answer: Answer<unknown>): unknown;
  destroy(id: string, answer: Answer<unknown>): unknown;
  touch?: Optional<[id: string, session: never, answer: Answer<unknown>]>;
  all?: Optional<[answer: Answer<unknown>]>;
}

/**
 * How long a call of a store may take, in milliseconds. Stores that lost their server may never
 * answer.
 */
export const TIMEOUT = 10_000;

type Verb = 'get' | 'set' | 'destroy' | 'touch' | 'all';

/**
 * As {@link askStore}.
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
 * Calls a verb of a store. Rejects with the very error of the store, also when it throws it or
 * rejects with it. One that is never answered is pending for ever.
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

/**
 * The stored session; `undefined` when there is none, which stores over files say with `ENOENT`.
 */
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
 * As {@link getSession}.
 * @throws `invalid-record` when what is stored is damaged.
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
 * The session in a text of JSON.
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
    'A stored session is damaged, or something else wrote it: it is no JSON, or has no cookie. Destroy it.',
    { cause },
  );
}

/** Warns, once, that a visitor begins anew whose session is damaged. */
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
 * Gives a result to a callback, outside of any promise so that what the callback throws is not
 * caught.
 */
export function tell<Result>(task: Promise<Result>, answer: Answer<Result>): void {
  task.then(
    (result) => process.nextTick(answer, null, result),
    (error) => process.nextTick(answer, error),
  );
}
