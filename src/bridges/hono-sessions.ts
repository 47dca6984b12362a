import { type Inherited, type Predecessor, predecessor } from '../core/internal.js';
import { openSeal } from './iron/seal.js';
import {
  type AnyData,
  type CookiePlace,
  parseObject,
  placeOf,
  required,
  type WhoseSession,
} from './predecessors/options.js';
import { decoded } from './predecessors/signed.js';

/** A store of hono-sessions. */
export interface HonoStore {
  getSessionById(id: string): unknown;
  deleteSession(id: string): unknown;
}

/** Options of {@link fromHonoSessions}: those of hono-sessions, and whose session it is. */
export interface HonoSessionsOptions<Data extends object> extends WhoseSession<Data> {
  /** Where the sessions are; a `CookieStore`, or none, when they are in their cookies. */
  readonly store?: HonoStore | object | undefined;
  /** Default none: the cookie holds the id as it is. */
  readonly encryptionKey?: string | (() => string) | undefined;
  /** Default `session`. */
  readonly sessionCookieName?: string | undefined;
  /** Only `prefix`, `path`, `domain` and `partitioned` count. */
  readonly cookieOptions?:
    | (CookiePlace & { readonly prefix?: 'host' | 'secure' | undefined })
    | undefined;
}

/** A session as hono-sessions keeps it. */
interface HonoRecord {
  readonly _data: Readonly<Record<string, { readonly value: unknown; readonly flash: boolean }>>;
  readonly _expire: string | null;
  readonly _delete: boolean;
}

const PREFIXES = { host: '__Host-', secure: '__Secure-' };

/**
 * Takes over the sessions of hono-sessions:
 * `inherit: [fromHonoSessions({ store, encryptionKey })]`. Each session leaves its store when it
 * moves.
 * @throws `invalid-option` when there is neither a store nor an encryptionKey.
 */
export function fromHonoSessions<Data extends object = AnyData>(
  options: HonoSessionsOptions<Data>,
): Predecessor {
  const { encryptionKey, sessionCookieName = 'session', cookieOptions = {}, userId } = options;
  const store = isStore(options.store) ? options.store : undefined;
  const password = typeof encryptionKey === 'function' ? encryptionKey() : encryptionKey;
  required('fromHonoSessions', 'store or encryptionKey', store ?? password);
  const prefix = cookieOptions.prefix === undefined ? '' : PREFIXES[cookieOptions.prefix];
  return predecessor<Data>({
    name: 'hono-sessions',
    cookie: placeOf(prefix + sessionCookieName, cookieOptions),
    userId,

    async verify(value, now) {
      const text = decoded(value);
      const opened = password === undefined ? text : (await openSeal(text, password, now))?.value;
      if (typeof opened !== 'string') return undefined;
      if (store === undefined)
        return { key: text, read: () => inherited<Data>(parseObject(opened)) };
      return {
        key: opened,
        read: async () => inherited<Data>(await store.getSessionById(opened)),
        end: async () => store.deleteSession(opened),
      };
    },
  });
}

function isStore(store: unknown): store is HonoStore {
  return typeof Object(store).getSessionById === 'function';
}

function inherited<Data extends object>(record: unknown): Inherited<Data> | undefined {
  const { _data, _expire, _delete } = Object(record) as Partial<HonoRecord>;
  if (typeof _data !== 'object' || _data === null || _delete === true) return undefined;
  const expiresAt = _expire ? Date.parse(_expire) : undefined;
  const kept = (isFlash: boolean): object => {
    const entries = Object.entries(_data).filter(([, { flash }]) => flash === isFlash);
    return Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
  };
  return { data: kept(false) as Data, flash: { ...kept(true) }, expiresAt };
}
