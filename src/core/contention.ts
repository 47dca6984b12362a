import { setImmediate } from 'node:timers/promises';
import { SessionError } from './errors.js';
import type { Events } from './events.js';

/**
 * For how long, in milliseconds, and how often a commit starts again when others are faster, before
 * it gives up with `conflict`.
 */
const MAX_CONTENTION = 5000;
const MAX_ATTEMPTS = 500;

/**
 * Counts the attempts of one commit, each of which another writer foiled: one of them always gets
 * through, so there is no reason to wait.
 */
export function contention(events: Events): (id: string) => Promise<void> {
  const since = performance.now();
  let attempt = 0;
  return async (id) => {
    events.emit('conflict', { id, attempt: ++attempt });
    if (attempt === MAX_ATTEMPTS || performance.now() - since > MAX_CONTENTION) {
      throw new SessionError(
        'conflict',
        `Other writers of this session were faster ${attempt} times in a row. Try again, or write it less often at once.`,
      );
    }
    // By chance, so that writers who met do not go on in step.
    if (Math.random() < 0.5) await setImmediate();
  };
}

/** The error of a commit that may be stored or not. */
export function unknownConflict(reason: string): SessionError {
  return new SessionError(
    'conflict',
    `It is not known whether this change of the session is stored: ${reason}. Read the session and decide.`,
  );
}
