import { SessionError } from '../core/errors.js';
import { refuseUnknown } from '../core/known-options.js';
import { invalidOption } from '../core/option-checks.js';
import type { PlaceNeeds, SessionPlace } from '../core/option-place.js';
import { createSealer } from '../keys/seal.js';
import { secretSource } from '../keys/secrets.js';
import type { SessionStore } from '../stores/contract.js';
import { revocationsIn } from './revocations.js';
import { sealedSessions } from './sealed-persistence.js';

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
export interface CookieSessions extends SessionPlace {
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
  return { name: 'cookie', revocations, compress, place };

  function place(needs: PlaceNeeds): ReturnType<SessionPlace['place']> {
    if (needs.encrypt === true)
      throw invalidOption('encrypt is for stores. Leave it out: cookieSessions() always encrypts.');
    if (needs.rotateAfter !== undefined) {
      throw invalidOption(
        'rotateAfter needs a store. Leave it out: a sealed token is new after every change.',
      );
    }
    const { secret, transport, timed } = needs;
    const kept =
      revocations && revocationsIn({ ...needs, store: revocations, timed: timed(revocations) });
    const sealer = createSealer(secretSource(secret, 'secret'), 'token', compress);
    const persistence = sealedSessions(sealer, transport.name, kept);
    return { store: undefined, backend: revocations, persistence, transport };
  }
}
