import type { BinaryLike } from 'node:crypto';
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

/** What checks the signature of a cookie: the `Signer` of @fastify/cookie, for one. */
export interface Unsigner {
  unsign(value: string): { readonly valid: boolean; readonly value: string | null };
}

/** Options of {@link fromFastifySession}: those of @fastify/session, and whose session it is. */
export interface FastifySessionOptions<Data extends object> extends WhoseSession<Data> {
  /** One secret, several, or what signs cookies. */
  readonly secret: BinaryLike | readonly BinaryLike[] | Unsigner;
  /** The store that the sessions are in. */
  readonly store: AnyConnectStore;
  /** Default `sessionId`. */
  readonly cookieName?: string | undefined;
  /** Default none. */
  readonly cookiePrefix?: string | undefined;
  /** Only `path`, `domain` and `partitioned` count. */
  readonly cookie?: CookiePlace | undefined;
  /** Of the signature. Default `sha256`. */
  readonly algorithm?: string | undefined;
}

/**
 * Takes over the sessions of @fastify/session: `inherit: [fromFastifySession({ secret, store })]`.
 * Each session leaves the old store when it moves.
 * @throws `invalid-option` when the secret or the store is missing.
 */
export function fromFastifySession<Data extends object = AnyData>(
  options: FastifySessionOptions<Data>,
): Predecessor {
  const { secret, store, cookieName = 'sessionId', cookiePrefix = '', cookie, userId } = options;
  required('fromFastifySession', 'secret and store', secret && store);
  return predecessor<Data>({
    name: '@fastify/session',
    cookie: placeOf(cookieName, cookie),
    userId,

    verify(value) {
      const text = decoded(value);
      if (!text.startsWith(cookiePrefix)) return undefined;
      const id = idOf(text.slice(cookiePrefix.length), options);
      return id === undefined ? undefined : connectRecord<Data>(store, id);
    },
  });
}

function idOf(
  signed: string,
  { secret, algorithm }: Pick<FastifySessionOptions<object>, 'secret' | 'algorithm'>,
): string | undefined {
  if (typeof secret === 'object' && 'unsign' in secret) {
    const { valid, value } = secret.unsign(signed);
    return valid && value ? value : undefined;
  }
  return unsign(signed, [secret].flat() as BinaryLike[], algorithm);
}
