import type { SessionError } from './errors.js';

/** What happened to sessions, by name. Ids may be logged; tokens never appear. */
export interface SessionEvents {
  /** A session was stored for the first time. */
  created: { id: string; userId: string | undefined };
  /** A session got a new token; `from` is dead. */
  regenerated: { id: string; from: string; userId: string | undefined };
  /** A session was ended by a verb. */
  destroyed: { id: string };
  /**
   * A token led to a record past a deadline. A store reads its own expired records as absent, so
   * this is of sealed sessions and of a shortened `lifetime`.
   */
  expired: { id: string };
  /** A commit found that another writer was faster, and applied its journal to the fresh data. */
  conflict: { id: string; attempt: number };
  /**
   * A commit found its session destroyed or regenerated; what the request changed is not stored.
   */
  gone: { id: string };
  /** A request's token was not accepted. `record`: what is stored under it cannot be read. */
  rejected: {
    reason: 'syntax' | 'signature' | 'duplicate' | 'record';
    id?: string;
    error?: SessionError;
  };
  /** A replaced token was used after its time: the session was ended. See `rotateAfter`. */
  replayed: { id: string };
  /**
   * A new session could not be given to the client, and was not stored; `reason` says why and what
   * to do.
   */
  refused: { reason: string };
  /**
   * The server's clock was set: forward by so many milliseconds, or back (negative). Deadlines move
   * with it; see the guide, Operating.
   */
  clockStepped: { by: number };
  /** A store call failed or timed out, or a write after the response could not be stored. */
  failed: { error: SessionError };
}

/** A listener of one event. */
export type SessionListener<Name extends keyof SessionEvents> = (
  event: SessionEvents[Name],
) => unknown;

/**
 * A typed emitter. What a listener throws, or rejects with, is reported as a warning and disturbs
 * nobody.
 */
export interface Events {
  on<Name extends keyof SessionEvents>(name: Name, listener: SessionListener<Name>): () => void;
  emit<Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]): void;
}

export function createEvents(): Events {
  const listeners = new Map<keyof SessionEvents, Set<(event: never) => void>>();
  return {
    on(name, listener) {
      const those = listeners.get(name) ?? new Set();
      listeners.set(name, those.add(listener));
      return () => void those.delete(listener);
    },
    emit(name, event) {
      for (const listener of listeners.get(name) ?? []) {
        const report = (error: unknown): void =>
          process.emitWarning(
            `A listener of the session event '${name}' failed: ${error instanceof Error ? error.message : String(error)}`,
          );
        try {
          Promise.resolve((listener as SessionListener<typeof name>)(event)).catch(report);
        } catch (error) {
          report(error);
        }
      }
    },
  };
}
