import { type Predecessor, predecessor } from '../core/internal.js';
import { openSeal, type Unsealed } from './iron/seal.js';
import {
  type AnyData,
  type CookiePlace,
  placeOf,
  required,
  type WhoseSession,
} from './predecessors/options.js';

/** Options of {@link fromH3Session}: those of `useSession`, and whose session it is. */
export interface H3SessionOptions<Data extends object> extends WhoseSession<Data> {
  readonly password: string;
  /** Default `h3`. */
  readonly name?: string | undefined;
  /** How long a session lives from its beginning, in seconds. Default for ever. */
  readonly maxAge?: number | undefined;
  /** How long it lives without being sealed anew, in seconds. Default for ever. */
  readonly idleTimeout?: number | undefined;
  /** Only `path`, `domain` and `partitioned` count. */
  readonly cookie?: CookiePlace | false | undefined;
}

interface SealedSession {
  readonly id?: string;
  readonly createdAt?: number;
  readonly lastSeenAt?: number;
  readonly data?: object;
}

/** How often version 1 and version 2 derive a key. The first costs next to nothing. */
const ITERATIONS = [1, 8192];
/** In front of the number of cookies that a seal takes, where one does not suffice. */
const SPREAD = '__chunked__';
const MAX_COOKIES = 8;

/**
 * Takes over the sessions of `useSession` of h3 1 and 2, Nitro and Nuxt: `inherit:
 * [fromH3Session({ password })]`.
 * @throws `invalid-option` when the password is missing.
 */
export function fromH3Session<Data extends object = AnyData>(
  options: H3SessionOptions<Data>,
): Predecessor {
  const { password, name = 'h3', cookie, userId } = options;
  required('fromH3Session', 'password', password);
  return predecessor<Data>({
    name: 'useSession of h3',
    cookie: placeOf(name, cookie || {}),
    userId,

    gather(read) {
      const [, count] = (read(name) ?? '').split(SPREAD);
      if (count === undefined || !(Number(count) <= MAX_COOKIES)) return undefined;
      const names = Array.from({ length: Number(count) }, (_, index) => `${name}.${index + 1}`);
      return { value: names.map((part) => read(part) ?? '').join(''), names: [name, ...names] };
    },

    async verify(value, now) {
      const unsealed = await openEither(value, password, now);
      const session = Object(unsealed?.value) as SealedSession;
      const { id, data } = session;
      if (typeof id !== 'string' || typeof data !== 'object' || data === null) return undefined;
      const expiresAt = endOf(session, options, unsealed?.expiresAt);
      return { key: id, read: () => ({ data: data as Data, expiresAt }) };
    },
  });
}

async function openEither(
  value: string,
  password: string,
  now: number,
): Promise<Unsealed | undefined> {
  for (const iterations of ITERATIONS) {
    const unsealed = await openSeal(value, password, now, iterations);
    if (unsealed !== undefined) return unsealed;
  }
  return undefined;
}

/** When the session ends, by whichever clock is first. */
function endOf(
  { createdAt = 0, lastSeenAt = createdAt }: SealedSession,
  { maxAge, idleTimeout }: Pick<H3SessionOptions<object>, 'maxAge' | 'idleTimeout'>,
  sealEndsAt = Number.POSITIVE_INFINITY,
): number {
  const ends = [sealEndsAt];
  if (maxAge) ends.push(createdAt + maxAge * 1000);
  if (idleTimeout) ends.push(lastSeenAt + idleTimeout * 1000);
  return Math.min(...ends);
}
