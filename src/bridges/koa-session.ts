import { createHmac } from 'node:crypto';
import { type Inherited, type Predecessor, predecessor } from '../core/internal.js';
import {
  type AnyData,
  type CookiePlace,
  parseObject,
  placeOf,
  required,
  type WhoseSession,
} from './predecessors/options.js';
import { isSame } from './predecessors/signed.js';

/** A store of koa-session. */
export interface KoaStore {
  get(id: string, maxAge: never, options: never): unknown;
  destroy(id: string, options: never): unknown;
}

/** What checks a signature: a Keygrip of any algorithm, for one. */
export interface Verifier {
  verify(data: string, signature: string): boolean;
}

/** Options of {@link fromKoaSession}: those of koa-session, and whose session it is. */
export interface KoaSessionOptions<Data extends object> extends CookiePlace, WhoseSession<Data> {
  /** `app.keys`. */
  readonly keys: readonly string[] | Verifier;
  /** The cookie's name. Default `koa.sess`. */
  readonly key?: string | undefined;
  /** Where the sessions are. Default none: they are in their cookies. */
  readonly store?: KoaStore | undefined;
  /** How a cookie becomes a session. Default base64 of JSON. */
  readonly decode?: ((value: string) => object | undefined) | undefined;
}

/** Between a value and its signature, where no cookie has it. */
const SEPARATOR = '\n';

/**
 * Takes over the sessions of koa-session: `inherit: [fromKoaSession({ keys: app.keys })]`, with
 * `store` when it keeps them in one. Each session leaves the store when it moves.
 * @throws `invalid-option` when the keys are missing: cookies that nobody signed are not taken.
 */
export function fromKoaSession<Data extends object = AnyData>(
  options: KoaSessionOptions<Data>,
): Predecessor {
  const { keys, key = 'koa.sess', store, decode = fromBase64, userId } = options;
  required('fromKoaSession', 'keys', 'verify' in Object(keys) || Object(keys).length > 0);
  const names = [key, `${key}.sig`];
  return predecessor<Data>({
    name: 'koa-session',
    cookie: placeOf(key, options),
    userId,

    gather(read) {
      const [value, signature] = names.map(read);
      if (value === undefined || signature === undefined) return undefined;
      return { value: value + SEPARATOR + signature, names };
    },

    verify(signed) {
      const [value = '', signature] = signed.split(SEPARATOR);
      if (signature === undefined || !isSigned(`${key}=${value}`, signature, keys))
        return undefined;
      if (store === undefined) return { key: value, read: () => inherited(decode(value)) };
      return {
        key: value,
        read: async () => inherited(await store.get(value, undefined as never, {} as never)),
        end: async () => store.destroy(value, {} as never),
      };
    },
  });

  function inherited(session: unknown): Inherited<Data> | undefined {
    if (typeof session !== 'object' || session === null) return undefined;
    const { _expire } = session as { _expire?: unknown };
    const expiresAt = typeof _expire === 'number' ? _expire : undefined;
    const entries = Object.entries(session).filter(([name]) => !name.startsWith('_'));
    return { data: Object.fromEntries(entries) as Data, expiresAt };
  }
}

function fromBase64(value: string): object | undefined {
  return parseObject(Buffer.from(value, 'base64').toString('utf8'));
}

/** Keygrip signs with SHA-1, whose known weaknesses do not help to forge an HMAC. */
function isSigned(data: string, signature: string, keys: readonly string[] | Verifier): boolean {
  if ('verify' in keys) return keys.verify(data, signature);
  return keys.some((key) =>
    isSame(signature, createHmac('sha1', key).update(data).digest('base64url')),
  );
}
