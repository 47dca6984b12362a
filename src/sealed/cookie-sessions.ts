import { SessionError } from '../core/errors.js';
import { refuseUnknown } from '../core/known-options.js';
import type { SessionStore } from '../stores/contract.js';

/** Options of {@link cookieSessions}. */
export interface CookieSessionsOptions {
  /**
   * A store for the ids of sessions that were ended, so that a copied cookie stops working when its
   * session ends. Default none: a copy works until its deadline, even after a logout. Each request
   * with a session costs one read of this store, or two when the session has a user; each change
   * costs as much again. Give a store that evicts nothing and that nobody else writes to.
   */
  revocations?: SessionStore | undefined;
  /**
   * Compresses sessions of 1,024 characters or more. Default false. Compression can leak data: an
   * attacker who sees the traffic, and can put text into the session, can guess its other content
   * from the length of the cookie. The attack CRIME works in this way (CVE-2012-4929).
   */
  compress?: boolean | undefined;
}

/** The result of {@link cookieSessions}. Pass it as the option `store`. */
export interface CookieSessions {
  readonly name: 'cookie';
  readonly revocations: SessionStore | undefined;
  readonly compress: boolean;
}

/**
 * Keeps each session in its cookie, encrypted and authenticated with `secret`, instead of in a
 * store: `createSessions({ store: cookieSessions(), secret })`. The server remembers nothing, so
 * concurrent changes overwrite each other. Without `revocations` a copied cookie works until its
 * deadline.
 * @throws `invalid-option` when `revocations` is not a store.
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

/** Whether `place` is a result of {@link cookieSessions}. */
export function isCookieSessions(
  place: SessionStore | CookieSessions | undefined,
): place is CookieSessions {
  return place?.name === 'cookie' && 'compress' in place;
}
