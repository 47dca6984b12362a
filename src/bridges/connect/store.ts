import { EventEmitter } from 'node:events';
import { type Answer, type ConnectSession, callStore, getSession, tell } from './contract.js';
import { type CookieData, reviveCookie } from './cookie.js';
import { type Done, Session, type SessionRequest, verbsOf } from './session.js';

/** The part that all sessions share, so that stores with their own type of session data fit. */
interface StoredSession {
  cookie: CookieData;
}

/**
 * The base of stores for express-session. Stores that extend it have `get`, `set` and `destroy`.
 */
abstract class StoreBase extends EventEmitter {
  abstract get(id: string, answer: Answer<StoredSession | null>): unknown;
  abstract set(id: string, session: StoredSession, answer?: Answer): unknown;
  abstract destroy(id: string, answer?: Answer): unknown;

  /** Recommended: makes the session with this id last as long as `session.cookie` says. */
  touch?(id: string, session: StoredSession, answer?: Answer): unknown;
  all?(answer: Answer<StoredSession[] | Record<string, StoredSession> | null>): unknown;
  length?(answer: Answer<number>): unknown;
  clear?(answer?: Answer): unknown;

  /** Puts a new session on a request; the middleware adds it. */
  generate?(request: never): void;

  /** Ends the session of a request, and puts a new one on it. */
  regenerate(this: StoreBase, request: SessionRequest, done: Done): void {
    const renew = async (): Promise<unknown> => {
      try {
        return await callStore(this, 'destroy', request.sessionID);
      } finally {
        this.generate?.(request as never);
      }
    };
    tell(verbsOf(request)?.regenerate() ?? renew(), (error) => done(error));
  }

  /** The stored session with this id. Its methods act on this store. */
  load(this: StoreBase, id: string, answer: Answer<Session | undefined>): void {
    const load = async (): Promise<Session | undefined> => {
      const stored = await getSession(this, id);
      return stored && this.createSession({ sessionID: id, sessionStore: this }, stored);
    };
    tell(load(), answer);
  }

  /** Puts a stored session on a request. */
  createSession(request: SessionRequest, stored: ConnectSession): Session {
    return createSession(request, stored);
  }
}

/**
 * Puts a stored session on a request.
 * @throws {TypeError} When it has no cookie.
 */
export function createSession(request: SessionRequest, stored: ConnectSession): Session {
  if (typeof stored.cookie !== 'object' || stored.cookie === null) {
    throw new TypeError(
      'Cannot read properties of its cookie: the stored session has none. Destroy it; something else wrote it.',
    );
  }
  stored.cookie = reviveCookie(stored.cookie);
  const session = new Session(request, stored);
  request.session = session;
  return session;
}

export type Store = StoreBase;

/** Old stores call their base as a function, which a class does not allow. */
export const Store: typeof StoreBase = new Proxy(StoreBase, {
  apply(_, self: StoreBase) {
    EventEmitter.call(self);
  },
});
