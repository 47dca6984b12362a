import type { Engine } from '../core/commit/engine.js';
import { SessionError } from '../core/errors.js';
import { deadline } from '../core/expiry.js';
import type { NewcomerRules } from '../core/newcomer.js';
import type { Visit } from '../core/visit.js';

/** How long a newcomer has to wait for a session, in milliseconds, and whose budget is spent. */
export interface Throttle {
  readonly by: 'address' | 'total';
  readonly wait: number;
}

/** Counts one new session; nothing when there is room for it. */
export type Ask = (address: string | undefined, now: number) => Throttle | undefined;

/** Sessions of newcomers live for `idleTimeout` milliseconds, and `ask` says whether they begin. */
export function rulesOf(idleTimeout: number, ask: Ask): NewcomerRules {
  /** Visits of those who have not come back yet with the token of their first session. */
  const admitted = new WeakSet<Visit>();

  return {
    admit(engine, visit) {
      if (visit.arrival !== undefined || admitted.has(visit)) return;
      const throttle = ask(visit.request.ipAddress, engine.settings.now());
      if (throttle !== undefined) throw refused(engine, visit, throttle);
      admitted.add(visit);
    },

    deadline(visit, { loggedInAt }, full, at) {
      const isShort = admitted.has(visit) && loggedInAt === undefined;
      return isShort ? Math.min(full, at + idleTimeout) : full;
    },

    isBack({ held, arrival, clocks }) {
      if (held === undefined || arrival === undefined) return false;
      const { userId, createdAt, touchedAt, expiresAt } = held.record;
      return userId === undefined && expiresAt < deadline(clocks, createdAt, touchedAt);
    },
  };
}

function refused({ events }: Engine, visit: Visit, { by, wait }: Throttle): SessionError {
  events.emit('throttled', { by, wait });
  visit.note(`no session: too many new ones (${by})`);
  const [whose, hint] =
    by === 'total'
      ? ['in all', '']
      : [
          'from this address',
          ' If all visitors seem to have one address, set trustProxy, or connection of the adapter.',
        ];
  return new SessionError(
    'newcomer-limit',
    `Too many new sessions ${whose}: this one is not stored. Let the visitor try again in ${wait} ms.${hint}`,
    { retryAfter: Math.ceil(wait / 1000) },
  );
}
