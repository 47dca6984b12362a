import { type CookieJar, cookieJar } from './cookie-jar.js';

/** The headers that say which page sent a request. */
const SOURCES = ['sec-fetch-site', 'origin', 'referer'];

/** Sends one request, without cookies of its own and without following redirects. */
export type SendRequest = (url: URL, init: RequestInit) => Promise<Response>;

/** What {@link createClient} needs to know. */
export interface ClientOptions {
  /** Scheme, host and port of the server: `'http://127.0.0.1:8080'`. */
  origin: string;
  /** The clock of the cookies, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
  /** How requests are sent. Default the global `fetch`; a fetch handler can be called directly. */
  fetch?: SendRequest | undefined;
  /** The cookies it starts with. Default none. */
  cookies?: CookieJar | undefined;
}

/**
 * A browser's worth of HTTP client: it keeps cookies, says that a page of the server sends its
 * requests (`Sec-Fetch-Site: same-origin`), and does not follow redirects unless asked to.
 */
export interface Client {
  readonly origin: string;
  readonly cookies: CookieJar;
  /**
   * `path` is one of the server, or a whole URL. A `cookie` header in `init` is sent instead of the
   * jar's. A `sec-fetch-site`, `origin` or `referer` in `init` says instead which page sends it.
   */
  request(path: string, init?: RequestInit): Promise<Response>;
  get(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, init?: RequestInit): Promise<Response>;
  /** A second browser with the same cookies; from here on each keeps its own. */
  clone(): Client;
}

/**
 * A client with a cookie jar: `const client = createClient({ origin }); await
 * client.post('/login');`.
 */
export function createClient({
  origin,
  now = Date.now,
  fetch = globalThis.fetch,
  cookies,
}: ClientOptions): Client {
  const jar = cookies ?? cookieJar(now);

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(path, origin);
    const headers = new Headers(init.headers);
    const cookie = jar.header(url);
    if (cookie !== undefined && !headers.has('cookie')) headers.set('cookie', cookie);
    if (!SOURCES.some((name) => headers.has(name))) headers.set('sec-fetch-site', 'same-origin');
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const setCookie of response.headers.getSetCookie()) jar.receive(setCookie, url);
    return response;
  }

  return {
    origin,
    cookies: jar,
    request,
    get: (path, init) => request(path, { ...init, method: 'GET' }),
    post: (path, init) => request(path, { ...init, method: 'POST' }),
    clone: () => createClient({ origin, now, fetch, cookies: cookieJar(now, jar.list()) }),
  };
}
