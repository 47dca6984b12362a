import { type CookieJar, cookieJar } from './cookie-jar.js';

/** The headers that tell which page sent a request. */
const SOURCES = ['sec-fetch-site', 'origin', 'referer'];

/** Sends one request. It must not add cookies or follow redirects. */
export type SendRequest = (url: URL, init: RequestInit) => Promise<Response>;

/** Options of {@link createClient}. */
export interface ClientOptions {
  /** Scheme, host and port of the server: `'http://127.0.0.1:8080'`. */
  origin: string;
  /** The clock of the cookies, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
  /** Sends the requests. Default the global `fetch`. To test a fetch handler, call it here. */
  fetch?: SendRequest | undefined;
  /** The cookies at the start. Default none. */
  cookies?: CookieJar | undefined;
}

/**
 * An HTTP client that acts like a browser. It keeps cookies, and sends each request as if from a
 * page of the server (`Sec-Fetch-Site: same-origin`). It does not follow redirects unless `init`
 * says so.
 */
export interface Client {
  readonly origin: string;
  readonly cookies: CookieJar;
  /**
   * Sends a request. `path` is a path of the server, or a whole URL. A `cookie` header in `init`
   * replaces the cookies of the jar. A `sec-fetch-site`, `origin` or `referer` header in `init`
   * replaces the default `Sec-Fetch-Site`.
   */
  request(path: string, init?: RequestInit): Promise<Response>;
  get(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, init?: RequestInit): Promise<Response>;
  /** A second client that starts with the same cookies. From then on each client keeps its own. */
  clone(): Client;
}

/**
 * Creates a client with a cookie jar: `const client = createClient({ origin }); await
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
