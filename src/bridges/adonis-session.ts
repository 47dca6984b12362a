import { type Inherited, type Predecessor, predecessor } from '../core/internal.js';
import {
  type AnyData,
  type CookiePlace,
  parseObject,
  placeOf,
  required,
  type WhoseSession,
} from './predecessors/options.js';
import { decoded } from './predecessors/signed.js';

/** Checks what Adonis has signed for a purpose; `null` for anything else. */
export interface AdonisVerifier {
  unsign(value: string, purpose?: string): unknown;
}

/** The encryption of an Adonis app: that of Adonis 7, or that of Adonis 6 with its `verifier`. */
export interface AdonisEncryption {
  decrypt(value: string, purpose?: string): unknown;
  getMessageVerifier?(): AdonisVerifier;
  readonly verifier?: AdonisVerifier;
}

/** Where Adonis keeps sessions: a store of Adonis, or two calls to the same server. */
export interface AdonisStore {
  /** The session, or the text that Adonis wrote. Nothing when there is none, or it is over. */
  read(id: string): unknown;
  destroy(id: string): unknown;
}

/** Options of {@link fromAdonisSession}: what config/session.ts says, and whose session it is. */
export interface AdonisSessionOptions<Data extends object> extends WhoseSession<Data> {
  /** What `@adonisjs/core/services/encryption` gives. */
  readonly encryption: AdonisEncryption;
  /** The cookie's name. Default `adonis-session`. */
  readonly cookieName?: string | undefined;
  readonly cookie?: CookiePlace | undefined;
  /** Where the sessions are. Default none: they are in cookies, as with `stores.cookie()`. */
  readonly store?: AdonisStore | undefined;
}

/** Between the cookie with the id and the one with the data, where no cookie has it. */
const SEPARATOR = '\n';
const FLASH = '__flash__';

/**
 * Takes over the sessions of AdonisJS: `inherit: [fromAdonisSession({ encryption })]`, with `store`
 * unless they are in cookies. Each session leaves the store when it moves.
 * @throws `invalid-option` when the encryption is missing.
 */
export function fromAdonisSession<Data extends object = AnyData>(
  options: AdonisSessionOptions<Data>,
): Predecessor {
  const { encryption, cookieName = 'adonis-session', cookie, store, userId } = options;
  const verifier = encryption?.getMessageVerifier?.() ?? encryption?.verifier;
  required('fromAdonisSession', 'encryption', verifier);
  return predecessor<Data>({
    name: '@adonisjs/session',
    cookie: placeOf(cookieName, cookie),
    userId,

    gather(read) {
      const value = read(cookieName);
      if (value === undefined) return undefined;
      const id = store === undefined ? idOf(value) : undefined;
      const data = id === undefined ? undefined : read(id);
      if (id === undefined || data === undefined) return { value, names: [cookieName] };
      return { value: value + SEPARATOR + data, names: [cookieName, id] };
    },

    verify(gathered) {
      const [value = '', data = ''] = gathered.split(SEPARATOR);
      const id = idOf(value);
      if (id === undefined) return undefined;
      if (store === undefined) {
        const values = opened(data, 'e:', (text) => encryption.decrypt(text, id));
        return isObject(values) ? { key: id, read: () => inherited(values) } : undefined;
      }
      return {
        key: id,
        read: async () => inherited(valuesOf(await store.read(id), id)),
        end: async () => store.destroy(id),
      };
    },
  });

  function idOf(value: string): string | undefined {
    const id = opened(value, 's:', (text) => verifier?.unsign(text, cookieName));
    return typeof id === 'string' ? id : undefined;
  }

  function inherited(values: unknown): Inherited<Data> | undefined {
    if (!isObject(values)) return undefined;
    const { [FLASH]: flash, ...data } = values;
    return { data: data as Data, flash: isObject(flash) ? flash : undefined };
  }
}

function opened(cookie: string, prefix: string, open: (text: string) => unknown): unknown {
  const value = decoded(cookie);
  return value.startsWith(prefix) ? open(value.slice(prefix.length)) : undefined;
}

/** Adonis writes whose text it is beside the values. */
function valuesOf(kept: unknown, id: string): unknown {
  if (typeof kept !== 'string') return kept;
  const { message, purpose } = (parseObject(kept) ?? {}) as Record<string, unknown>;
  return purpose === id ? message : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
