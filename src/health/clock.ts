import { type Finding, ok, warning } from './finding.js';

/** Deadlines are instants: this much does no harm. */
const TOLERANCE = 2000;

/**
 * Compares another machine's clock with ours; `precision` is how much it may be off for the way it
 * is told. In milliseconds.
 */
export function checkClock(whose: string, told: number, here: number, precision: number): Finding {
  const skew = Math.round(Math.abs(told - here));
  if (skew <= TOLERANCE + precision) return ok(`The clock of ${whose} agrees with this machine's.`);
  return warning(
    `The clock of ${whose} is ${(skew / 1000).toFixed(1)} s ${told > here ? 'ahead of' : 'behind'} this machine's.`,
    'Set both by NTP: sessions end that much too early or too late.',
  );
}
