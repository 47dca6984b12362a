/** A cookie in the jar. */
export interface KeptCookie {
  readonly name: string;
  readonly value: string;
  /** Without a leading dot; the host itself when `hostOnly`. */
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** The attribute as it was sent; `undefined` when it was not sent. */
  readonly sameSite: string | undefined;
  /** In epoch milliseconds; `undefined` for a cookie that ends when the browser is closed. */
  readonly expiresAt: number | undefined;
}

/** The cookies of one browser. Every request counts as same-site. */
export interface CookieJar {
  /**
   * Takes one `Set-Cookie` value of a response from `url`. Returns `false` when a browser would
   * drop the cookie.
   */
  receive(setCookie: string, url: URL): boolean;
  /** The `Cookie` header of a request to `url`; `undefined` when there is no cookie to send. */
  header(url: URL): string | undefined;
  /** The value of the cookie with this name, of any host and path. */
  get(name: string): string | undefined;
  /** All live cookies, in the order they were first set. */
  list(): KeptCookie[];
  clear(): void;
}

const MAX_OCTETS = 4096;
const MAX_ATTRIBUTE_OCTETS = 1024;
/** RFC 6265bis, section 5.5: 400 days. */
const MAX_AGE = 34_560_000_000;

/**
 * Creates a cookie jar by RFC 6265bis (sections 5.6 to 5.8), without a list of public suffixes and
 * without SameSite. A loopback host counts as secure without TLS, as in browsers. `now` is the
 * clock in epoch milliseconds.
 */
export function cookieJar(
  now: () => number = Date.now,
  cookies: readonly KeptCookie[] = [],
): CookieJar {
  const kept = new Map(cookies.map((cookie) => [keyOf(cookie), cookie]));

  function list(): KeptCookie[] {
    return [...kept.values()].filter(
      ({ expiresAt }) => expiresAt === undefined || expiresAt > now(),
    );
  }

  return {
    receive(setCookie, url) {
      const cookie = readCookie(setCookie, url, now());
      if (cookie === undefined) return false;
      kept.set(keyOf(cookie), cookie);
      return true;
    },

    header(url) {
      const pairs = list()
        .filter((cookie) => matches(cookie, url))
        .sort((one, other) => other.path.length - one.path.length)
        .map(({ name, value }) => (name === '' ? value : `${name}=${value}`));
      return pairs.length === 0 ? undefined : pairs.join('; ');
    },

    get: (name) => list().find((cookie) => cookie.name === name)?.value,
    list,
    clear: () => kept.clear(),
  };
}

function keyOf({ name, domain, hostOnly, path }: KeptCookie): string {
  return JSON.stringify([name, domain, hostOnly, path]);
}

function readCookie(text: string, url: URL, now: number): KeptCookie | undefined {
  if ([...text].some(isControl)) return undefined;
  const [pair = '', ...parts] = text.split(';');
  const equals = pair.indexOf('=');
  const name = trimmed(equals === -1 ? '' : pair.slice(0, equals));
  const value = trimmed(pair.slice(equals + 1));
  if (name + value === '' || Buffer.byteLength(name + value) > MAX_OCTETS) return undefined;

  const attributes = readAttributes(parts);
  const secure = attributes.has('secure');
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase() ?? '';
  const path = attributes.get('path') ?? '';
  if (domain !== '' && !domainMatches(url.hostname, domain)) return undefined;
  if (secure && !isTrusted(url)) return undefined;
  if (attributes.get('samesite')?.toLowerCase() === 'none' && !secure) return undefined;

  const prefix = name.toLowerCase();
  if (prefix.startsWith('__secure-') && !secure) return undefined;
  if (prefix.startsWith('__host-') && !(secure && domain === '' && path === '/')) return undefined;

  return {
    name,
    value,
    domain: domain === '' ? url.hostname : domain,
    hostOnly: domain === '',
    path: path.startsWith('/') ? path : defaultPath(url),
    secure,
    httpOnly: attributes.has('httponly'),
    sameSite: attributes.get('samesite'),
    expiresAt: readExpiry(attributes, now),
  };
}

/** By lower-case name; the last valid one of a name counts. */
function readAttributes(parts: readonly string[]): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const part of parts) {
    const [first = '', ...rest] = part.split('=');
    const name = trimmed(first).toLowerCase();
    const value = trimmed(rest.join('='));
    if (Buffer.byteLength(value) <= MAX_ATTRIBUTE_OCTETS && isValid(name, value))
      attributes.set(name, value);
  }
  return attributes;
}

function isValid(name: string, value: string): boolean {
  if (name === 'max-age') return /^-?\d+$/.test(value);
  return name !== 'expires' || !Number.isNaN(Date.parse(value));
}

function readExpiry(attributes: ReadonlyMap<string, string>, now: number): number | undefined {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined)
    return Number(maxAge) <= 0 ? 0 : Math.min(now + Number(maxAge) * 1000, now + MAX_AGE);
  const expires = attributes.get('expires');
  return expires === undefined ? undefined : Math.min(Date.parse(expires), now + MAX_AGE);
}

function matches({ domain, hostOnly, path, secure }: KeptCookie, url: URL): boolean {
  const isHost = hostOnly ? url.hostname === domain : domainMatches(url.hostname, domain);
  return isHost && pathMatches(url.pathname, path) && (!secure || isTrusted(url));
}

function isTrusted({ protocol, hostname }: URL): boolean {
  return (
    protocol === 'https:' || /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
  );
}

/** Section 5.1.3. An address has no subdomains. */
function domainMatches(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && !/^[\d.]+$/.test(host));
}

/** Section 5.1.4. */
function pathMatches(requested: string, path: string): boolean {
  return (
    requested === path ||
    (requested.startsWith(path) && (path.endsWith('/') || requested[path.length] === '/'))
  );
}

function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, Math.max(pathname.lastIndexOf('/'), 1));
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

function isControl(character: string): boolean {
  return (character < ' ' && character !== '\t') || character === '\x7f';
}
