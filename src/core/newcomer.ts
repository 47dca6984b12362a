import type { Facts } from '../data/record-format.js';
import type { Engine } from './commit/engine.js';
import { SessionError } from './errors.js';
import { type Clocks, clocksOf, deadline } from './expiry.js';
import type { Visit } from './visit.js';

/** How long a newcomer has to wait for a session, in milliseconds, and whose budget is spent. */
export interface Throttle {
  readonly by: 'address' | 'total';
  readonly wait: number;
}

/** What `newcomers` of `sojourn/newcomers` makes, for the option `newcomers`. */
export interface NewcomerRules {
  /** How long a session lives until its visitor comes back, in milliseconds. */
  readonly idleTimeout: number;
  /** Counts one new session; nothing when there is room for it. */
  admit(address: string | undefined, now: number): Throttle | undefined;
}

/** Visits of those who have not come back yet with the token of their first session. */
const admitted = new WeakSet<Visit>();

/**
 * Lets a visitor without a session have one.
 * @throws `newcomer-limit`.
 */
export function admit({ settings: { newcomers, now }, events }: Engine, visit: Visit): void {
  if (newcomers === undefined || visit.arrival !== undefined || admitted.has(visit)) return;
  const throttle = newcomers.admit(visit.request.ipAddress, now());
  if (throttle === undefined) {
    admitted.add(visit);
    return;
  }
  const { by, wait } = throttle;
  events.emit('throttled', { by, wait });
  visit.note(`no session: too many new ones (${by})`);
  const whose = by === 'address' ? 'from this address' : 'in all';
  const hint =
    by === 'address'
      ? ' If all visitors seem to have one address, set trustProxy, or connection of the adapter.'
      : '';
  throw new SessionError(
    'newcomer-limit',
    `Too many new sessions ${whose}: this one is not stored. Let the visitor try again in ${wait} ms.${hint}`,
    { retryAfter: Math.ceil(wait / 1000) },
  );
}

/** The deadline of a session at an instant: a newcomer's is short until the token comes back. */
export function deadlineOf(
  { settings }: Pick<Engine, 'settings'>,
  visit: Visit,
  facts: Facts,
  createdAt: number,
  at: number,
): number {
  const full = deadline(clocksOf(settings.clocks, facts), createdAt, at);
  const { newcomers } = settings;
  if (newcomers === undefined || !admitted.has(visit) || facts.loggedInAt !== undefined)
    return full;
  return Math.min(full, at + newcomers.idleTimeout);
}

/** Whether the visitor of a short deadline is back, so that the session gets its normal one. */
export function isBack(visit: Visit, clocks: Clocks): boolean {
  const { held, arrival } = visit;
  if (held === undefined || arrival === undefined) return false;
  const { userId, createdAt, touchedAt, expiresAt } = held.record;
  return userId === undefined && expiresAt < deadline(clocks, createdAt, touchedAt);
}
