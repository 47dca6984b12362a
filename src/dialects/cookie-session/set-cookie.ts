/** The attributes of a cookie, under the option names of cookie-session. */
export interface CookieAttributes {
  /**
   * How long the browser keeps the cookie, in milliseconds from each time it is sent. Default:
   * until the browser is closed.
   */
  maxAge?: number | undefined;
  /**
   * When the browser deletes the cookie, unless `maxAge` is set. Default: when the browser is
   * closed.
   */
  expires?: Date | undefined;
  /** Default `/`. */
  path?: string | undefined;
  /** Default none: only the host that set the cookie gets it. */
  domain?: string | undefined;
  /** Default `false`, which leaves the attribute out; `true` is `'strict'`. */
  sameSite?: 'strict' | 'lax' | 'none' | boolean | undefined;
  /**
   * Whether the cookie is sent over https only. Default: whether the request came over https. With
   * `true`, no cookie is set over plain http, and the process emits a warning.
   */
  secure?: boolean | undefined;
  /** Hides the cookie from scripts. Default `true`. */
  httpOnly?: boolean | undefined;
  /** Gives each site that embeds your site a separate cookie. Default `false`. */
  partitioned?: boolean | undefined;
  /** Chromium deletes cookies of low priority first when there are too many. Default none. */
  priority?: 'low' | 'medium' | 'high' | undefined;
}

/** Characters that end neither an attribute nor the header. */
const ATTRIBUTE = /^[\x20-\x3a\x3c-\x7e]*$/;
const NAME = /^[\t\x20-\x3a\x3c\x3e-\x7e\x80-\xff]+$/;
const SAME_SITE = /^(?:lax|none|strict)$/i;
const PRIORITY = /^(?:low|medium|high)$/i;

/**
 * Checks a cookie's name and attributes before they are used.
 * @throws TypeError with the messages of the package cookies.
 */
export function checkAttributes(name: unknown, attributes: CookieAttributes): void {
  const { path, domain, maxAge, expires, priority, sameSite } = attributes;
  if (typeof name !== 'string' || !NAME.test(name)) throw new TypeError('argument name is invalid');
  if (path && !ATTRIBUTE.test(path)) throw new TypeError('option path is invalid');
  if (domain && !ATTRIBUTE.test(domain)) throw new TypeError('option domain is invalid');
  if (!Number.isFinite(maxAge ?? 0)) throw new TypeError('option maxAge is invalid');
  if (expires && !(expires instanceof Date && Number.isFinite(expires.getTime())))
    throw new TypeError('option expires is invalid');
  if (priority && !PRIORITY.test(priority)) throw new TypeError('option priority is invalid');
  if (sameSite && sameSite !== true && !SAME_SITE.test(sameSite))
    throw new TypeError('option sameSite is invalid');
}

/** A `Set-Cookie` value, byte for byte as the package cookies writes it. */
export function setCookie(
  name: string,
  value: string,
  attributes: CookieAttributes,
  secure: boolean,
  expires?: Date,
): string {
  const { path = '/', domain, priority, sameSite, httpOnly = true, partitioned } = attributes;
  let text = `${name}=${value}`;
  if (path) text += `; path=${path}`;
  if (expires) text += `; expires=${expires.toUTCString()}`;
  if (domain) text += `; domain=${domain}`;
  if (priority) text += `; priority=${priority.toLowerCase()}`;
  if (sameSite) text += `; samesite=${sameSite === true ? 'strict' : sameSite.toLowerCase()}`;
  if (secure) text += '; secure';
  if (httpOnly) text += '; httponly';
  if (partitioned) text += '; partitioned';
  return text;
}

/** When a cookie with this value expires: an empty one has. */
export function expiresOf(value: string, { maxAge, expires }: CookieAttributes): Date | undefined {
  if (value === '') return new Date(0);
  return maxAge ? new Date(Date.now() + maxAge) : expires;
}
