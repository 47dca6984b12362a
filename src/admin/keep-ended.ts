import { clockMilliseconds, type Duration } from '../core/expiry.js';
import { storeOf } from '../core/internal.js';
import { refuseUnknown } from '../core/known-options.js';
import { EndedLog } from './ended-log.js';
import type { AdminSessions } from './options.js';

/** Options of {@link keepEnded}. */
export interface KeepEndedOptions {
  /** How long the store keeps facts about a session that ended. Default `'30d'`. */
  endedFor?: Duration | undefined;
  /** The present instant in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** What {@link keepEnded} returns. */
export interface KeptEnded {
  /** Stops listening. Resolves when every session that has ended is written down. */
  close(): Promise<void>;
}

/**
 * Writes each session that ends in this process into the store of `sessions`, with its user and
 * reason, but without token and data. Call it in processes without a dashboard; `createAdmin` does
 * the same. If the store cannot find the sessions of a user, nothing is kept.
 * @throws `invalid-option`.
 */
export function keepEnded(
  sessions: Pick<AdminSessions, 'on'>,
  options: KeepEndedOptions = {},
): KeptEnded {
  refuseUnknown(options, ['endedFor', 'now'], 'keepEnded');
  const { endedFor = '30d', now = Date.now } = options;
  const log = EndedLog.in(storeOf(sessions), clockMilliseconds(endedFor, 'endedFor'), now);
  const stop = sessions.on('ended', (ending) => log?.note(ending));
  return {
    async close() {
      stop();
      await log?.written();
    },
  };
}
