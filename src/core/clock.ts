/**
 * What the clock must differ by from one look to the next to count as set, in milliseconds; well
 * above what NTP corrects smoothly.
 */
const STEP = 5000;

/**
 * Makes a check that calls `stepped` when the clock was set since the last one: forward (`by` > 0)
 * or back, against the process's steady clock.
 */
export function clockWatch(now: () => number, stepped: (by: number) => void): () => void {
  const offset = (): number => now() - performance.now();
  let last = offset();
  return () => {
    const present = offset();
    const by = present - last;
    last = present;
    if (Math.abs(by) >= STEP) stepped(Math.round(by));
  };
}
