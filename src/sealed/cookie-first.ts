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
  /** The store to which a session moves when it grows or its visitor logs in. */
  store: SessionStore;
  /**
   * The longest data that a session may have in its cookie, in bytes of the encoded text. Default
   * 1,024, at most 2,048, since longer data may not fit into one cookie.
   */
  maxBytes?: number | undefined;
}

const MOST_BYTES = 2048;

/**
 * Keeps the session of an anonymous visitor in a cookie while the session is small:
 * `createSessions({ store: cookieFirst({ store }), secret })`. The session moves to `store` when
 * its data grows above `maxBytes`, when its visitor logs in, or when the handler calls
 * `moveToStore`, `take` or `exclusively`. No move logs the visitor out. The small session is
 * encrypted with `secret`, in a cookie whose name ends in `-small`. Until the session moves, nobody
 * but its visitor can end it. If two processes answer the same visitor at once, the last response
 * wins.
 * @throws `invalid-option` when `store` is not a store, or `maxBytes` is not a number of bytes.
 */
export function cookieFirst(options: CookieFirstOptions): SessionPlace {
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
