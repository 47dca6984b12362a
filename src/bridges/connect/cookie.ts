import { deprecate } from './deprecate.js';
import { setCookieText } from './set-cookie.js';

/** What {@link Cookie} takes, and the `cookie` option of express-session. */
export interface CookieOptions {
  /** Default `'/'`. */
  path?: string | undefined;
  /**
   * In milliseconds; `null` (default) for a cookie that lasts until the browser is closed. Of
   * `maxAge` and `expires` the later one in the object wins.
   */
  maxAge?: number | null | undefined;
  expires?: Date | null | undefined;
  /** In milliseconds; what `touch` starts anew from. Default `maxAge`. */
  originalMaxAge?: number | null | undefined;
  /** Default `true`. */
  httpOnly?: boolean | undefined;
  /** `'auto'`: as the connection is when the session begins. */
  secure?: boolean | 'auto' | undefined;
  domain?: string | undefined;
  /** `true` is strict. `'auto'`: none on a secure connection, else lax. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined;
  partitioned?: boolean | undefined;
  priority?: 'low' | 'medium' | 'high' | undefined;
}

/** A cookie's attributes as records keep them. */
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
   * In milliseconds: what `touch` starts anew from; `null` when the cookie lasts until the browser
   * is closed.
   */
  originalMaxAge: number | null = null;
  httpOnly: boolean | undefined = true;
  declare secure?: boolean | undefined;
  declare domain?: string | undefined;
  declare sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined;
  declare partitioned?: boolean | undefined;
  declare priority?: 'low' | 'medium' | 'high' | undefined;

  /** @throws {TypeError} `options` is no object, or `maxAge` no number. */
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
   * When the cookie ends; `null` when it lasts until the browser is closed. Setting it sets
   * `originalMaxAge`.
   */
  get expires(): Date | null | undefined {
    return this._expires;
  }

  set expires(expires: Date | null | undefined) {
    this._expires = expires;
    this.originalMaxAge = this.maxAge as number | null;
  }

  /**
   * What remains, in milliseconds; nothing when `expires` is nothing. Setting it sets `expires` and
   * `originalMaxAge`.
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
   * @throws {TypeError} An attribute cannot be sent.
   */
  serialize(name: string, value: string): string {
    return setCookieText(name, value, this.data);
  }

  toJSON(): CookieData {
    return this.data;
  }
}

/** A cookie as a record holds it, with its deadline as a date again. */
export function reviveCookie(stored: CookieData | Cookie): Cookie {
  const { expires, originalMaxAge } = stored;
  const cookie = new Cookie(stored);
  if (typeof expires === 'string') cookie.expires = new Date(expires);
  cookie.originalMaxAge = originalMaxAge;
  return cookie;
}
