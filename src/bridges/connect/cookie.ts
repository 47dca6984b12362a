import { deprecate } from './deprecate.js';
import { setCookieText } from './set-cookie.js';

/** Options of {@link Cookie}, and the `cookie` option of express-session. */
export interface CookieOptions {
  /** Default `'/'`. */
  path?: string | undefined;
  /**
   * In milliseconds; `null` (default) for a cookie that lasts until the browser is closed. When an
   * object has both `maxAge` and `expires`, the one that comes later in it wins.
   */
  maxAge?: number | null | undefined;
  expires?: Date | null | undefined;
  /** The age that `touch` gives the cookie again, in milliseconds. Default `maxAge`. */
  originalMaxAge?: number | null | undefined;
  /** Default `true`. */
  httpOnly?: boolean | undefined;
  /** `'auto'`: secure if the connection is secure when the session begins. */
  secure?: boolean | 'auto' | undefined;
  domain?: string | undefined;
  /** `true` means strict. `'auto'`: none on a secure connection, otherwise lax. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined;
  partitioned?: boolean | undefined;
  priority?: 'low' | 'medium' | 'high' | undefined;
}

/** The attributes of a cookie in a stored session. */
export interface CookieData {
  originalMaxAge: number | null;
  partitioned?: boolean | undefined;
  priority?: 'low' | 'medium' | 'high' | undefined;
  expires?: Date | null | undefined;
  secure?: boolean | undefined;
  httpOnly?: boolean | undefined;
  domain?: string | undefined;
  path?: string | undefined;
  sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined;
}

/** The cookie of a session: its attributes, which a handler may change, and its deadline. */
export class Cookie {
  path: string | undefined = '/';
  _expires: Date | null | undefined = null;
  /**
   * The age that `touch` gives the cookie again, in milliseconds; `null` when the cookie lasts
   * until the browser is closed.
   */
  originalMaxAge: number | null = null;
  httpOnly: boolean | undefined = true;
  declare secure?: boolean | undefined;
  declare domain?: string | undefined;
  declare sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined;
  declare partitioned?: boolean | undefined;
  declare priority?: 'low' | 'medium' | 'high' | undefined;

  /** @throws {TypeError} When `options` is not an object, or `maxAge` not a number. */
  constructor(options?: CookieOptions | CookieData) {
    if (!options) return;
    if (typeof options !== 'object') throw new TypeError('argument options must be a object');
    // Inherited ones too. A cookie of express-session has verbs among them.
    for (const name in options) {
      const value: unknown = options[name as keyof typeof options];
      if (name !== 'data' && typeof value !== 'function')
        (this as Record<string, unknown>)[name] = value;
    }
    this.originalMaxAge ??= this.maxAge as number | null;
  }

  /**
   * When the cookie expires; `null` when it lasts until the browser is closed. Setting this also
   * sets `originalMaxAge`.
   */
  get expires(): Date | null | undefined {
    return this._expires;
  }

  set expires(expires: Date | null | undefined) {
    this._expires = expires;
    this.originalMaxAge = this.maxAge as number | null;
  }

  /**
   * The remaining time, in milliseconds; `null` or `undefined` when `expires` is. Setting this also
   * sets `expires` and `originalMaxAge`.
   */
  get maxAge(): number | undefined {
    // Not null in its type, as it is not in that of express-session.
    return this._expires instanceof Date
      ? this._expires.getTime() - Date.now()
      : (this._expires as undefined);
  }

  set maxAge(maxAge: number | Date | null | undefined) {
    if (maxAge && typeof maxAge !== 'number' && !(maxAge instanceof Date)) {
      throw new TypeError('maxAge must be a number or Date');
    }
    if (maxAge instanceof Date) deprecate('maxAge as Date; pass number of milliseconds instead');
    this.expires = typeof maxAge === 'number' ? new Date(Date.now() + maxAge) : maxAge;
    // Not what is left of it a millisecond later.
    if (typeof maxAge === 'number') this.originalMaxAge = maxAge;
  }

  /** The attributes, in the order in which express-session writes them. */
  get data(): CookieData {
    const {
      originalMaxAge,
      partitioned,
      priority,
      expires,
      secure,
      httpOnly,
      domain,
      path,
      sameSite,
    } = this;
    return {
      originalMaxAge,
      partitioned,
      priority,
      expires,
      secure,
      httpOnly,
      domain,
      path,
      sameSite,
    };
  }

  /**
   * The `Set-Cookie` value.
   * @throws {TypeError} When an attribute cannot be sent.
   */
  serialize(name: string, value: string): string {
    return setCookieText(name, value, this.data);
  }

  toJSON(): CookieData {
    return this.data;
  }
}

/** A cookie from a stored session, with its deadline turned into a date again. */
export function reviveCookie(stored: CookieData | Cookie): Cookie {
  const { expires, originalMaxAge } = stored;
  const cookie = new Cookie(stored);
  if (typeof expires === 'string') cookie.expires = new Date(expires);
  cookie.originalMaxAge = originalMaxAge;
  return cookie;
}
