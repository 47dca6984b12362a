import { type Predecessor, predecessor } from '../core/internal.js';
import {
  type AnyData,
  type CookiePlace,
  parseObject,
  placeOf,
  required,
  type WhoseSession,
} from './predecessors/options.js';
import { decoded, unsign } from './predecessors/signed.js';

/** Options of {@link fromCookieSessionStorage}: those of the storage, and whose session it is. */
export interface CookieSessionStorageOptions<Data extends object> extends WhoseSession<Data> {
  /** The cookie's name, default `__session`, its secrets, and where browsers keep it. */
  readonly cookie: CookiePlace & {
    readonly name?: string | undefined;
    readonly secrets?: readonly string[] | undefined;
  };
}

/** `flash` of React Router keeps a value under such a name until it is read. */
const FLASH = /^__flash_(.+)__$/;

/**
 * Takes over the sessions of `createCookieSessionStorage`, of React Router: `inherit:
 * [fromCookieSessionStorage({ cookie })]`.
 * @throws `invalid-option` when there are no secrets: anybody can make a cookie that nobody signs.
 */
export function fromCookieSessionStorage<Data extends object = AnyData>(
  options: CookieSessionStorageOptions<Data>,
): Predecessor {
  const { name = '__session', secrets = [], ...place } = options.cookie ?? {};
  required('fromCookieSessionStorage', 'cookie.secrets', secrets.length > 0);
  return predecessor<Data>({
    name: 'createCookieSessionStorage',
    cookie: placeOf(name, place),
    userId: options.userId,

    verify(value) {
      const text = unsign(decoded(value), secrets);
      if (text === undefined) return undefined;
      const values = parseObject(Buffer.from(text, 'base64').toString('utf8'));
      if (values === undefined) return undefined;
      const data = Object.entries(values).filter(([key]) => !FLASH.test(key));
      const flash = Object.entries(values).flatMap(([key, value]) => {
        const [, flashed] = FLASH.exec(key) ?? [];
        return flashed === undefined ? [] : [[flashed, value]];
      });
      return {
        key: text,
        read: () => ({ data: Object.fromEntries(data) as Data, flash: Object.fromEntries(flash) }),
      };
    },
  });
}
