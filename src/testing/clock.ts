import { type Duration, milliseconds } from '../core/expiry.js';

/** A clock that a test controls. Pass its `now` wherever an option takes a clock. */
export interface ManualClock {
  /** The current time, in epoch milliseconds. */
  now(): number;
  /** Moves forward by `duration` and returns the new time. */
  advance(duration: Duration): number;
  /** Moves to `instant`, in epoch milliseconds, forward or back. */
  set(instant: number): void;
}

/**
 * Creates a clock that stands still until you move it. It starts at `start`, in epoch milliseconds;
 * the default is 2026-01-01T00:00:00Z.
 */
export function manualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  let instant = start;
  return {
    now: () => instant,
    advance(duration) {
      instant += milliseconds(duration, 'duration');
      return instant;
    },
    set(next) {
      instant = next;
    },
  };
}
