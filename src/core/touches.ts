import { type Clocks, isTouchDue } from './expiry.js';
import type { Held } from './persistence.js';

/** Of how many sessions a process remembers its last write. One that is forgotten costs a touch. */
const MAX_REMEMBERED = 1000;

/**
 * When touches are due, so that of many requests that read a session at once only one writes it.
 */
export interface Touches {
  /** This process wrote the session. */
  note(held: Held): void;
  isDue(held: Held, now: number): boolean;
}

export function createTouches(clocks: Clocks): Touches {
  const writtenAt = new Map<string, number>();

  return {
    note({ id, record, version }) {
      // A sealed session has no version. It is in each client's own token, so one's touch does
      // nothing for another's.
      if (version === undefined) return;
      writtenAt.delete(id);
      writtenAt.set(id, record.touchedAt);
      if (writtenAt.size > MAX_REMEMBERED) writtenAt.delete(writtenAt.keys().next().value ?? '');
    },

    isDue: ({ id, record }, now) =>
      isTouchDue(clocks, record, now) &&
      now - (writtenAt.get(id) ?? Number.NEGATIVE_INFINITY) >= clocks.touchAfter,
  };
}
