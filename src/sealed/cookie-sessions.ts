import { SessionError } from '../core/errors.js';
import { refuseUnknown } from '../core/known-options.js';
import type { SessionStore } from '../stores/contract.js';

/** Options of {@link cookieSessions}. */
export interface CookieSessionsOptions {
  /**
   * A store for the ids of sessions that were ended, so that a copy of their cookie ends with them.
   * Default none: a copy works until its deadline, also after a logout. Costs one read for each
   * request with a session, two when it has a user, and as much again for each change. Give a store
   * that evicts nothing and that nobody else writes to.
   */
  revocations?: SessionStore | undefined;
  /**
   * Compresses sessions of 1,024 characters or more. Default false: whoever sees the traffic, and
   * can put text into the session, can guess from the length of a compressed cookie what else is in
   * it, as in the attack CRIME (CVE-2012-4929).
   */
  compress?: boolean | undefined;
}

/** What {@link cookieSessions} makes: goes where a store goes. */
export interface CookieSessions {
  readonly name: 'cookie';
  readonly revocations: SessionStore | undefined;
  readonly compress: boolean;
}

/**
 * Keeps each session in its cookie, encrypted and authenticated with `secret`, and not in a store:
 * `createSessions({ store: cookieSessions(), secret })`. Costs the promises that need a server's
 * memory: concurrent changes overwrite each other, and without `revocations` a copied cookie works
 * until its deadline.
 * @throws `invalid-option` when `revocations` is no store.
 */
export function cookieSessions(options: CookieSessionsOptions = {}): CookieSessions {
  refuseUnknown(options, ['revocations', 'compress'], 'cookieSessions');
  const { revocations, compress = false } = options;
  if (revocations !== undefined && typeof revocations.read !== 'function') {
    throw new SessionError(
      'invalid-option',
      'revocations is not a store. Give one, for example a sqliteStore(), or leave it out.',
    );
  }
  return { name: 'cookie', revocations, compress };
}

/** Whether `place` is what {@link cookieSessions} made. */
export function isCookieSessions(
  place: SessionStore | CookieSessions | undefined,
): place is CookieSessions {
  return place?.name === 'cookie' && 'compress' in place;
}
