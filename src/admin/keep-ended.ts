import { clockMilliseconds, type Duration } from '../core/expiry.js';
import { storeOf } from '../core/internal.js';
import { refuseUnknown } from '../core/known-options.js';
import { EndedLog } from './ended-log.js';
import type { AdminSessions } from './options.js';

/** Options of {@link keepEnded}. */
export interface KeepEndedOptions {
  /** For how long an ended session is kept. Default `'30d'`. */
  endedFor?: Duration | undefined;
  /** The present instant in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** What {@link keepEnded} returns. */
export interface KeptEnded {
  /** Stops to listen, and resolves when all that ended is written. */
  close(): Promise<void>;
}

/**
 * Keeps the sessions that end in this process, with their reason, in the store of `sessions`: for
 * processes without a dashboard of their own. `createAdmin` does it by itself. No token and no data
 * is kept. A store that cannot find the sessions of a user keeps nothing.
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
