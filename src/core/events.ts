import { type Channel, channel } from 'node:diagnostics_channel';
import { SessionError } from './errors.js';
import type { Outcome } from './visit-states.js';

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

/** The events and their data. They never contain tokens or data. */
export interface SessionEvents {
  /**
   * A request's session was looked up. `unreadable`: the store failed, and the request goes on with
   * a stand-in or fails. Milliseconds include the calls of the store.
   */
  opened: {
    readonly found: 'stored' | 'new' | 'gone' | 'unreadable';
    readonly id: string | undefined;
    readonly milliseconds: number;
    readonly error?: SessionError;
  };
  /** A commit ended. The adapter held the response back for so many milliseconds. */
  committed: {
    readonly outcome: Outcome | 'failed';
    readonly id: string | undefined;
    readonly milliseconds: number;
    readonly error?: SessionError;
  };
  /** A session was stored for the first time. */
  created: Subject & { readonly userId: string | undefined };
  /** A session began with what another system kept, whose name is `from`: see `inherit`. */
  inherited: Subject & { readonly userId: string | undefined; readonly from: string };
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
  /**
   * A session ended, at `endedAt` in epoch milliseconds. `handle`, `userId` and `createdAt` are
   * `undefined` where only the id was known.
   */
  ended: {
    readonly id: string;
    readonly handle: string | undefined;
    readonly userId?: string | undefined;
    readonly createdAt?: number | undefined;
    readonly endedAt: number;
    readonly reason: EndReason;
  };
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
   * be read; requests, `read` and `list` then skip it. With `device`, the session is bound to a
   * device, and the request does not come from it (`sojourn/dbsc`).
   */
  rejected: {
    readonly reason: 'syntax' | 'signature' | 'seal' | 'duplicate' | 'record' | 'device';
    readonly id?: string;
    readonly error?: SessionError;
  };
  /**
   * A value does not fit the schema of the data (`sojourn/schema`), so it was set aside. Every
   * request that reads the value sends this event, until a request stores a change.
   */
  setAside: { readonly handle: string; readonly key: string; readonly reason: string };
  /** An old token was used after its time, so the session was ended. See `rotateAfter`. */
  replayed: { readonly id: string };
  /** A new session was not stored, since no token can be sent to the client; `reason` says why. */
  refused: { readonly reason: string };
  /**
   * A new session was not stored, since there are too many, from one address or in total. The next
   * new session is possible in `wait` milliseconds. See the option `newcomers`.
   */
  throttled: { readonly by: 'address' | 'total'; readonly wait: number };
  /** A store call ended. */
  storeCall: {
    readonly store: string;
    readonly verb: string;
    readonly milliseconds: number;
    readonly outcome: 'ok' | 'failed' | 'timeout';
  };
  /**
   * Half of a store's calls missed their deadline, so requests fail at once and do not wait for the
   * store (`open`); or the store answers again (`closed`).
   */
  circuit: { readonly store: string; readonly state: 'open' | 'closed' };
  /** A request was served although its session could not be read. See `onStoreError`. */
  outage: { readonly served: 'anonymous' | 'stale' };
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
  opened: true,
  committed: true,
  created: true,
  inherited: true,
  regenerated: true,
  updated: true,
  touched: true,
  ended: true,
  conflict: true,
  gone: true,
  rejected: true,
  setAside: true,
  replayed: true,
  refused: true,
  throttled: true,
  storeCall: true,
  circuit: true,
  outage: true,
  clockStepped: true,
  failed: true,
};

/** A listener of one event. */
export type SessionListener<Name extends keyof SessionEvents> = (
  event: SessionEvents[Name],
) => unknown;

/** The names of all events. */
export const EVENT_NAMES: readonly (keyof SessionEvents)[] = Object.keys(
  NAMES,
) as (keyof SessionEvents)[];

/** The channels of `node:diagnostics_channel` that carry the events of all sessions. */
const CHANNELS = Object.fromEntries(
  EVENT_NAMES.map((name) => [name, channel(`sojourn:${name}`)]),
) as Record<keyof SessionEvents, Channel>;

/**
 * A typed emitter. Each event goes to its listeners, and to the channel `sojourn:<name>` of
 * `node:diagnostics_channel`. An error that a listener throws, or rejects with, becomes a warning
 * and disturbs nobody.
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
          `There is no event '${String(name)}'. The events are: ${EVENT_NAMES.join(', ')}.`,
        );
      }
      const those = listeners.get(name) ?? new Set();
      listeners.set(name, those.add(listener));
      return () => void those.delete(listener);
    },
    has(name) {
      return (listeners.get(name)?.size ?? 0) > 0 || CHANNELS[name].hasSubscribers;
    },
    emit(name, event) {
      if (CHANNELS[name].hasSubscribers) CHANNELS[name].publish(event);
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
