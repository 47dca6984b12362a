import { type Duration, milliseconds } from '../core/expiry.js';

/** A clock that a test holds. Pass its `now` where a clock is asked for. */
export interface ManualClock {
  /** The present instant, in epoch milliseconds. */
  now(): number;
  /** Moves on by `duration` and returns the new instant. */
  advance(duration: Duration): number;
  /** Moves to `instant`, in epoch milliseconds, forwards or back. */
  set(instant: number): void;
}

/**
 * A clock that stands still until it is moved. It starts at `start`, in epoch milliseconds; default
 * 2026-01-01T00:00:00Z.
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
