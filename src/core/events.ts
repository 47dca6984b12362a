import { SessionError } from './errors.js';

/**
 * Why a session ended:
 *
 * - `logout`: `logout` was called.
 * - `destroyed`: `destroy` or `invalidate` was called.
 * - `revoked`: a directory method ended it, such as `destroyUser`.
 * - `idle`, `lifetime`: its `idleTimeout` or `lifetime` is over.
 * - `replaced`: a login began another session in its place.
 * - `limit`: its user had too many sessions (`sessionsPerUser`).
 * - `replay`: an old token came after its time (`rotateAfter`).
 */
export type EndReason =
  | 'logout'
  | 'destroyed'
  | 'revoked'
  | 'idle'
  | 'lifetime'
  | 'replaced'
  | 'limit'
  | 'replay';

/** The session of an event. You may log ids and handles. */
interface Subject {
  readonly id: string;
  readonly handle: string;
}

/** The events and their data. They never contain tokens. */
export interface SessionEvents {
  /** A session was stored for the first time. */
  created: Subject & { readonly userId: string | undefined };
  /** A session got a new token. `from` is its old id. */
  regenerated: Subject & {
    readonly from: string;
    readonly userId: string | undefined;
    readonly reason: 'login' | 'regenerate' | 'renewal';
  };
  /** A commit stored changes. `attempts` counts its tries. */
  updated: Subject & { readonly attempts: number; readonly milliseconds: number };
  /** A request moved the idle deadline and changed nothing else. */
  touched: Subject;
  /** A session ended. `handle` is `undefined` where only the id was known. */
  ended: { readonly id: string; readonly handle: string | undefined; readonly reason: EndReason };
  /**
   * Another request stored the session first, so this commit applies its changes to the new data.
   */
  conflict: { readonly id: string; readonly attempt: number };
  /**
   * Another request ended or moved the session, so the changes of this request are not stored; or a
   * request came with a dead token.
   */
  gone: { readonly id: string };
  /**
   * A token was not accepted. With `record`, the token or id is fine, but the stored record cannot
   * be read; requests, `read` and `list` then skip it.
   */
  rejected: {
    readonly reason: 'syntax' | 'signature' | 'seal' | 'duplicate' | 'record';
    readonly id?: string;
    readonly error?: SessionError;
  };
  /** An old token was used after its time, so the session was ended. See `rotateAfter`. */
  replayed: { readonly id: string };
  /** A new session was not stored, since no token can be sent to the client; `reason` says why. */
  refused: { readonly reason: string };
  /** A store call ended. */
  storeCall: {
    readonly store: string;
    readonly verb: string;
    readonly milliseconds: number;
    readonly outcome: 'ok' | 'failed' | 'timeout';
  };
  /**
   * The server's clock was set forward by so many milliseconds, or back (negative). Sessions then
   * end that much earlier or later; see the guide, Operating.
   */
  clockStepped: { readonly by: number };
  /**
   * A session could not be opened or committed. Also: a write after the response failed, or work
   * that a later request repeats, such as a touch; the response does not fail then.
   */
  failed: { readonly error: SessionError };
}

const NAMES: Readonly<Record<keyof SessionEvents, true>> = {
  created: true,
  regenerated: true,
  updated: true,
  touched: true,
  ended: true,
  conflict: true,
  gone: true,
  rejected: true,
  replayed: true,
  refused: true,
  storeCall: true,
  clockStepped: true,
  failed: true,
};

/** A listener of one event. */
export type SessionListener<Name extends keyof SessionEvents> = (
  event: SessionEvents[Name],
) => unknown;

/**
 * A typed emitter. When a listener throws or rejects, the process emits a warning, and the request
 * goes on.
 */
export interface Events {
  /** @throws `invalid-option` when there is no event of this name. */
  on<Name extends keyof SessionEvents>(name: Name, listener: SessionListener<Name>): () => void;
  emit<Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]): void;
  /** Whether there is a listener, for events that cost something to make. */
  has(name: keyof SessionEvents): boolean;
}

export function createEvents(): Events {
  const listeners = new Map<keyof SessionEvents, Set<(event: never) => void>>();
  return {
    on(name, listener) {
      if (!Object.hasOwn(NAMES, name)) {
        throw new SessionError(
          'invalid-option',
          `There is no event '${String(name)}'. The events are: ${Object.keys(NAMES).join(', ')}.`,
        );
      }
      const those = listeners.get(name) ?? new Set();
      listeners.set(name, those.add(listener));
      return () => void those.delete(listener);
    },
    has(name) {
      return (listeners.get(name)?.size ?? 0) > 0;
    },
    emit(name, event) {
      const those = listeners.get(name);
      if (those === undefined) return;
      for (const listener of those) {
        try {
          Promise.resolve((listener as SessionListener<typeof name>)(event)).catch((error) =>
            report(name, error),
          );
        } catch (error) {
          report(name, error);
        }
      }
    },
  };
}

function report(name: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  process.emitWarning(`A listener of the session event '${name}' failed: ${reason}`);
}
