import { SessionError } from '../../core/errors.js';

/**
 * Checks that `sessions` comes from `createSessions`, so that an app fails at start and not at its
 * first request.
 * @throws `invalid-option`.
 */
export function requireSessions(sessions: unknown, caller: string): void {
  const { open, commit } = Object(sessions) as { open?: unknown; commit?: unknown };
  if (typeof open === 'function' && typeof commit === 'function') return;
  throw new SessionError(
    'invalid-option',
    `${caller} takes the result of createSessions. Write const sessions = createSessions({ store }), then ${caller}(sessions).`,
  );
}
