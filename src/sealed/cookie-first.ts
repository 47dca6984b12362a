import { refuseUnknown } from '../core/known-options.js';
import { checkStore, invalidOption } from '../core/option-checks.js';
import { type PlaceNeeds, persistenceOf, type SessionPlace } from '../core/option-place.js';
import { cookieName, cookieTransport } from '../http/cookie.js';
import { createSealer } from '../keys/seal.js';
import { secretSource } from '../keys/secrets.js';
import type { SessionStore } from '../stores/contract.js';
import { cookieFirstSessions } from './first-persistence.js';
import { firstTransport } from './first-transport.js';

/** Options of {@link cookieFirst}. */
export interface CookieFirstOptions {
  /** Where a session goes when it grows or logs in. */
  store: SessionStore;
  /**
   * The most data that a session may have in its cookie, in bytes of its encoded text. Default
   * 1,024, at most 2,048: more does not fit into one cookie.
   */
  maxBytes?: number | undefined;
}

const MOST_BYTES = 2048;

/**
 * Keeps a session of an anonymous visitor in its cookie while it is small, and in `store` from the
 * moment when it grows above `maxBytes`, when its visitor logs in, or when `moveToStore`, `take` or
 * `exclusively` asks for it: `createSessions({ store: cookieFirst({ store }), secret })`. No move
 * logs the visitor out. The small session is encrypted with `secret`, in a cookie of its own whose
 * name ends in `-small`. Until it moves, nobody but its visitor can end it, and of two responses to
 * the same visitor the last one wins.
 * @throws `invalid-option` when `store` is not a store, or `maxBytes` not a number of bytes.
 */
export function cookieFirst(options: CookieFirstOptions): SessionPlace {
  if (typeof options !== 'object' || options === null)
    throw invalidOption('cookieFirst takes an object: cookieFirst({ store: redisStore(client) }).');
  refuseUnknown(options, ['store', 'maxBytes'], 'cookieFirst');
  const { store, maxBytes = 1024 } = options;
  checkStore(store);
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1 || maxBytes > MOST_BYTES)
    throw invalidOption(
      `maxBytes of cookieFirst is ${maxBytes}. Give a whole number from 1 to ${MOST_BYTES}.`,
    );
  return { name: `cookie first, then ${store.name}`, place };

  function place(needs: PlaceNeeds): ReturnType<SessionPlace['place']> {
    const { secret, transport, isTransportGiven, cookie = {}, now } = needs;
    if (isTransportGiven)
      throw invalidOption(
        'cookieFirst needs cookies. Leave transport out, or use the store alone.',
      );
    const name = `${cookieName(cookie)}-small`;
    const small = cookieTransport({ ...cookie, name }, now);
    const sealer = createSealer(secretSource(secret, 'secret'), 'token');
    const persistence = cookieFirstSessions(
      persistenceOf(store, needs),
      sealer,
      small.name,
      maxBytes,
    );
    return { store, backend: store, persistence, transport: firstTransport(transport, small) };
  }
}
