import { type Channel, channel } from 'node:diagnostics_channel';
import { SessionError } from './errors.js';
import type { Outcome } from './visit-states.js';

/**
 * Why a session ended: the visitor logged out, a verb of its own request destroyed it, a verb from
 * outside revoked it, a clock ran out, another login took its place, its user had too many
 * sessions, or a renewed token was used after its time.
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

/** The session that an event is about. Ids and handles may be logged. */
interface Subject {
  readonly id: string;
  readonly handle: string;
}

/** What happened to sessions, by name. Tokens and data never appear. */
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
  /** A session got a new token. `from` is its old id. */
  regenerated: Subject & {
    readonly from: string;
    readonly userId: string | undefined;
    readonly reason: 'login' | 'regenerate' | 'renewal';
  };
  /** A commit stored changes, after so many attempts. */
  updated: Subject & { readonly attempts: number; readonly milliseconds: number };
  /** A request moved the idle deadline and changed nothing else. */
  touched: Subject;
  /** A session ended. The handle is missing where only the id was known. */
  ended: { readonly id: string; readonly handle: string | undefined; readonly reason: EndReason };
  /** A commit met another writer, and applied its journal to the fresh data. */
  conflict: { readonly id: string; readonly attempt: number };
  /** A request's session was ended or moved by another request. Its changes are not stored. */
  gone: { readonly id: string };
  /**
   * A request's token was not accepted. `record`: the record under its id cannot be read. `device`:
   * the session is bound to a device, and the request does not come from it (`sojourn/dbsc`).
   */
  rejected: {
    readonly reason: 'syntax' | 'signature' | 'seal' | 'duplicate' | 'record' | 'device';
    readonly id?: string;
    readonly error?: SessionError;
  };
  /** A renewed token was used after its time: the session was ended. See `rotateAfter`. */
  replayed: { readonly id: string };
  /** A new session could not be given to the client, and was not stored; `reason` says why. */
  refused: { readonly reason: string };
  /** One call of the store ended. */
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
   * The server's clock was set: forward by so many milliseconds, or back (negative). Deadlines move
   * with it; see the guide, Operating.
   */
  clockStepped: { readonly by: number };
  /** A store call failed or timed out, or a write after the response could not be stored. */
  failed: { readonly error: SessionError };
}

const NAMES: Readonly<Record<keyof SessionEvents, true>> = {
  opened: true,
  committed: true,
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
  /** Whether anybody listens, for events that cost something to make. */
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
