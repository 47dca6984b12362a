import { type Predecessor, predecessor } from '../core/internal.js';
import { openSeal } from './iron/seal.js';
import {
  type AnyData,
  type CookiePlace,
  placeOf,
  required,
  type WhoseSession,
} from './predecessors/options.js';

/** Options of {@link fromIronSession}: those of `getIronSession`, and whose session it is. */
export interface IronSessionOptions<Data extends object> extends WhoseSession<Data> {
  readonly cookieName: string;
  /** One password, or several by their ids, as iron-session takes them. */
  readonly password: string | Readonly<Record<string, string>>;
  /** Only `path`, `domain` and `partitioned` count. */
  readonly cookieOptions?: CookiePlace | undefined;
  /** Does not count: a seal knows itself when it ends. */
  readonly ttl?: number | undefined;
}

/**
 * Takes over the sessions of iron-session 8 and 9: `inherit: [fromIronSession(sessionOptions)]`.
 * Its seals open with the same password.
 * @throws `invalid-option` when the name or the password is missing.
 */
export function fromIronSession<Data extends object = AnyData>(
  options: IronSessionOptions<Data>,
): Predecessor {
  const { cookieName, password, cookieOptions, userId } = options;
  required('fromIronSession', 'cookieName and password', cookieName && password);
  const passwords = typeof password === 'string' ? { 1: password } : password;
  return predecessor<Data>({
    name: 'iron-session',
    cookie: placeOf(cookieName, cookieOptions),
    userId,

    gather(read) {
      const parts: string[] = [];
      const names = [0, 1, 2, 3].map((part) => `${cookieName}.${part}`);
      for (const name of names) {
        const part = read(name);
        if (part === undefined) break;
        parts.push(part);
      }
      if (parts.length === 0) return undefined;
      return { value: parts.join(''), names: names.slice(0, parts.length) };
    },

    async verify(value, now) {
      // No signature covers the mark of a version behind the seal: anybody can change it.
      const [seal = ''] = value.split('~', 1);
      const unsealed = await openSeal(seal, passwords, now);
      if (unsealed === undefined) return undefined;
      const { value: data, expiresAt } = unsealed;
      if (typeof data !== 'object' || data === null) return undefined;
      return { key: seal, read: () => ({ data: data as Data, expiresAt }) };
    },
  });
}
