/**
 * From this difference on, in milliseconds, the clock counts as set between two checks. NTP's
 * smooth corrections are much smaller.
 */
const STEP = 5000;

/**
 * Makes a check that calls `stepped` when the clock was set since the last check, forward (`by` >
 * 0) or back. It compares the clock with the steady clock of the process.
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
