/**
 * How long the server keeps something beyond its end, so that it never sweeps what a clock that is
 * a little behind calls live.
 */
const GRACE = 60_000;

/**
 * The milliseconds for the server to keep what ends at `until`. Not an instant: the server's clock
 * may be another.
 */
export function timeToKeep(until: number, now: () => number): number {
  return Math.max(1, until - now() + GRACE);
}
