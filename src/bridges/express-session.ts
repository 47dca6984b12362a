import { type Predecessor, predecessor } from '../core/internal.js';
import type { AnyConnectStore } from './connect/contract.js';
import { connectRecord } from './predecessors/connect-records.js';
import {
  type AnyData,
  type CookiePlace,
  placeOf,
  required,
  type WhoseSession,
} from './predecessors/options.js';
import { decoded, unsign } from './predecessors/signed.js';

/** Options of {@link fromExpressSession}: those of express-session, and whose session it is. */
export interface ExpressSessionOptions<Data extends object> extends WhoseSession<Data> {
  /** One secret or several. */
  readonly secret: string | readonly string[];
  /** The store that the sessions are in. */
  readonly store: AnyConnectStore;
  /** Default `connect.sid`. */
  readonly name?: string | undefined;
  /** Only `path`, `domain` and `partitioned` count. */
  readonly cookie?: CookiePlace | undefined;
}

/** Before the signed id in the cookie. */
const PREFIX = 's:';

/**
 * Takes over the sessions of express-session: `inherit: [fromExpressSession({ secret, store })]`.
 * Each session leaves the old store when it moves.
 * @throws `invalid-option` when the secret or the store is missing.
 */
export function fromExpressSession<Data extends object = AnyData>(
  options: ExpressSessionOptions<Data>,
): Predecessor {
  const { secret, store, name = 'connect.sid', cookie, userId } = options;
  required('fromExpressSession', 'secret and store', secret && store);
  return predecessor<Data>({
    name: 'express-session',
    cookie: placeOf(name, cookie),
    userId,

    verify(value) {
      const text = decoded(value);
      if (!text.startsWith(PREFIX)) return undefined;
      const id = unsign(text.slice(PREFIX.length), [secret].flat());
      return id === undefined ? undefined : connectRecord<Data>(store, id);
    },
  });
}
