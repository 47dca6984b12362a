import type { Facts } from '../data/record-format.js';
import { SessionError } from './errors.js';

/** Milliseconds, or a string with a unit: `'500ms'`, `'30s'`, `'15m'`, `'2h'`, `'30d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** How long browsers keep a cookie at most (RFC 6265bis, section 5.5), in milliseconds. */
export const LONGEST_COOKIE: number = 400 * 86_400_000;

/**
 * How far the clocks of servers may be apart, in milliseconds. Records are pruned only this long
 * after their deadline, since they may still be live for another server.
 */
export const CLOCK_SKEW: number = 10 * 60_000;

/** A smaller number without a unit most likely means seconds or minutes. */
const MIN_BARE_NUMBER = 1000;

/**
 * A duration in whole milliseconds.
 * @throws `invalid-option` when it is not a positive, finite duration; `option` is its name in the
 * message.
 */
export function milliseconds(duration: Duration, option: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? [];
  const result =
    typeof duration === 'number' ? duration : Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (!Number.isFinite(result) || result < 1) {
    throw new SessionError(
      'invalid-option',
      `${option} is ${JSON.stringify(duration)}. Give at least 1 millisecond, or a string such as '30s', '15m', '2h' or '30d'.`,
    );
  }
  return Math.round(result);
}

/**
 * Like {@link milliseconds}, for the clocks of a session.
 * @throws `invalid-option` also for a bare number under 1,000, which is most likely a mistake.
 */
export function clockMilliseconds(duration: Duration, option: string): number {
  if (typeof duration === 'number' && duration >= 1 && duration < MIN_BARE_NUMBER) {
    throw new SessionError(
      'invalid-option',
      `${option} is ${duration}, which is ${duration} milliseconds. Write '${duration}ms' if you mean that, or '${duration}s' for seconds.`,
    );
  }
  return milliseconds(duration, option);
}

/** The two clocks and the throttle of touches, in milliseconds. */
export interface Clocks {
  /** How long a session lives without being used. */
  readonly idleTimeout: number;
  /** How long a session lives at most, used or not. */
  readonly lifetime: number;
  /** How old the last touch must be before the next one is written. */
  readonly touchAfter: number;
}

/** The default throttle: a twentieth of the idle timeout, at most one minute. */
export function defaultTouchAfter(idleTimeout: number): number {
  return Math.min(Math.ceil(idleTimeout / 20), 60_000);
}

/** The clocks of one session: its own where its login asked for some, else those of the settings. */
export function clocksOf(
  clocks: Clocks,
  { idleTimeout, lifetime }: Pick<Facts, 'idleTimeout' | 'lifetime'>,
): Clocks {
  if (idleTimeout === undefined && lifetime === undefined) return clocks;
  return {
    idleTimeout: idleTimeout ?? clocks.idleTimeout,
    lifetime: lifetime ?? clocks.lifetime,
    touchAfter:
      idleTimeout === undefined
        ? clocks.touchAfter
        : Math.min(clocks.touchAfter, defaultTouchAfter(idleTimeout)),
  };
}

/**
 * The deadline to write at `now`: the idle deadline, later by one throttle so that nobody is cut
 * off early for want of a touch, and never past the absolute one.
 */
export function deadline(clocks: Clocks, createdAt: number, now: number): number {
  return Math.min(now + clocks.idleTimeout + clocks.touchAfter, createdAt + clocks.lifetime);
}

/** Which clock of a session ran out: the stored deadline, or one that was made shorter since. */
export function expiredBy(
  clocks: Clocks,
  record: { createdAt: number; touchedAt: number; expiresAt: number },
  now: number,
): 'idle' | 'lifetime' | undefined {
  if (now >= record.createdAt + clocks.lifetime) return 'lifetime';
  const idleDeadline = record.touchedAt + clocks.idleTimeout + clocks.touchAfter;
  return now >= Math.min(record.expiresAt, idleDeadline) ? 'idle' : undefined;
}

/** Whether a touch is due: the last one is old enough, and the deadline can still move. */
export function isTouchDue(
  clocks: Clocks,
  record: { createdAt: number; touchedAt: number; expiresAt: number },
  now: number,
): boolean {
  return (
    now - record.touchedAt >= clocks.touchAfter &&
    deadline(clocks, record.createdAt, now) > record.expiresAt
  );
}
