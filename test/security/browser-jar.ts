/**
 * A cookie as a browser reads it from one Set-Cookie header, before it decides whether to keep it.
 */
export interface ReceivedCookie {
  name: string;
  value: string;
  /** Attributes by lower-case name; the last one of a name counts. */
  attributes: Map<string, string>;
}

interface KeptCookie extends ReceivedCookie {
  domain: string;
  hostOnly: boolean;
  path: string;
}

/** RFC 6265bis, section 5.6; `undefined` where the browser ignores the header. */
export function readSetCookie(text: string): ReceivedCookie | undefined {
  if ([...text].some(isControl)) return undefined;
  const [pair = '', ...rest] = text.split(';');
  const equals = pair.indexOf('=');
  const name = blankTrimmed(equals < 0 ? '' : pair.slice(0, equals));
  const value = blankTrimmed(pair.slice(equals + 1));
  if (Buffer.byteLength(name) + Buffer.byteLength(value) > 4096 || name + value === '')
    return undefined;
  const attributes = new Map<string, string>();
  for (const part of rest) {
    const [attribute = '', ...words] = part.split('=');
    const content = blankTrimmed(words.join('='));
    if (Buffer.byteLength(content) <= 1024)
      attributes.set(blankTrimmed(attribute).toLowerCase(), content);
  }
  return { name, value, attributes };
}

/**
 * The cookie store of a browser, by RFC 6265bis, section 5.7, and CHIPS; every page is its own
 * top-level site.
 */
export class BrowserJar {
  readonly #kept = new Map<string, KeptCookie>();

  get size(): number {
    return this.#kept.size;
  }

  /** Takes a Set-Cookie header of a response from `url`. `false` when the browser drops it. */
  receive(text: string, url: URL): boolean {
    const cookie = readSetCookie(text);
    if (cookie === undefined) return false;
    const { name, attributes } = cookie;
    const secure = attributes.has('secure');
    const domain = (attributes.get('domain') ?? '').replace(/^\./, '').toLowerCase();
    const wanted = attributes.get('path') ?? '';
    const path = wanted.startsWith('/') ? wanted : defaultPath(url);

    if (domain !== '' && !domainMatches(url.hostname, domain)) return false;
    if (domain !== '' && !domain.includes('.')) return false;
    if (secure && !isTrustworthy(url)) return false;
    if (attributes.get('samesite')?.toLowerCase() === 'none' && !secure) return false;
    if (attributes.has('partitioned') && !secure) return false;
    const prefix = /^__(?:host-http|host|secure|http)-/.exec(name.toLowerCase())?.[0] ?? '';
    if (prefix !== '' && !secure) return false;
    if (prefix.startsWith('__host') && (domain !== '' || attributes.get('path') !== '/'))
      return false;
    if (prefix.endsWith('http-') && !attributes.has('httponly')) return false;

    const key = JSON.stringify([
      name,
      domain || url.hostname,
      domain === '',
      path,
      attributes.has('partitioned'),
    ]);
    const maxAge = attributes.get('max-age');
    const isOver =
      maxAge !== undefined
        ? Number(maxAge) <= 0
        : Date.parse(attributes.get('expires') ?? '') < Date.now();
    if (isOver) this.#kept.delete(key);
    else
      this.#kept.set(key, {
        ...cookie,
        domain: domain || url.hostname,
        hostOnly: domain === '',
        path,
      });
    return true;
  }

  /** The Cookie header of a request to `url`. */
  header(url: URL): string {
    return [...this.#kept.values()]
      .filter(({ domain, hostOnly, path, attributes }) => {
        const isDomain = hostOnly ? url.hostname === domain : domainMatches(url.hostname, domain);
        return (
          isDomain &&
          pathMatches(url.pathname, path) &&
          (!attributes.has('secure') || isTrustworthy(url))
        );
      })
      .sort((one, other) => other.path.length - one.path.length)
      .map(({ name, value }) => (name === '' ? value : `${name}=${value}`))
      .join('; ');
  }
}

function isControl(character: string): boolean {
  return (character < ' ' && character !== '\t') || character === '\x7f';
}

function blankTrimmed(text: string): string {
  const characters = [...text];
  while (characters[0] === ' ' || characters[0] === '\t') characters.shift();
  while (characters.at(-1) === ' ' || characters.at(-1) === '\t') characters.pop();
  return characters.join('');
}

function isTrustworthy(url: URL): boolean {
  return url.protocol === 'https:' || url.hostname === 'localhost';
}

function domainMatches(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && !/^[\d.]+$/.test(host));
}

function pathMatches(requested: string, path: string): boolean {
  return (
    requested === path ||
    (requested.startsWith(path) && (path.endsWith('/') || requested[path.length] === '/'))
  );
}

function defaultPath(url: URL): string {
  return url.pathname.slice(0, Math.max(url.pathname.lastIndexOf('/'), 1));
}
