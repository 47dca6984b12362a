import type { Settings } from '../core/options.js';
import { forwardedAddress } from './forwarded.js';
import type { RequestView } from './transport.js';

/** Request headers: web `Headers`, or Node's plain object with lower-case names. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Facts about the connection that only the adapter knows. */
export interface Connection {
  /**
   * Whether this server itself received the request over TLS. Default: whether `url` begins with
   * `https:`.
   */
  secure?: boolean | undefined;
  /** The address of the client, or of the last proxy before this server. */
  remoteAddress?: string | undefined;
  /**
   * The whole URL of the request, if the platform has it. It gives the host when there is no `Host`
   * header, as in requests that never went over a network.
   */
  url?: string | undefined;
  /** The method of the request, in upper case: for rules of `onStoreError`. */
  method?: string | undefined;
  /** The path as the client sent it, where `url` is not the whole URL: for the same. */
  path?: string | undefined;
  /**
   * Whether the visitor sees the response as a page, so flash that it shows ends. Default: as the
   * headers of browsers and of known client-side routers tell. A prefetch is never a page.
   */
  isPage?: boolean | undefined;
}

/** The header as one string; `undefined` when absent. `name` is in lower case. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const value = (headers as Readonly<Record<string, unknown>>)[name];
  if (typeof value === 'string') return value;
  // Anything else is not a header but inherited by the object, such as `constructor`.
  return Array.isArray(value) ? value.join(name === 'cookie' ? '; ' : ', ') : undefined;
}

/** The host and port of a `Host` header, or else of the URL; empty when neither names one. */
export function hostOf(headers: RequestHeaders, url: string | undefined): string {
  const host = headerOf(headers, 'host');
  if (host !== undefined) return host;
  // The pseudo header of HTTP/2 (RFC 9113, section 8.3.1); web headers refuse such a name.
  const authority = typeof headers.get === 'function' ? undefined : headerOf(headers, ':authority');
  if (authority !== undefined) return authority;
  return url !== undefined && URL.canParse(url) ? new URL(url).host : '';
}

/** A request for the core. Each part is read only when it is needed. */
export class Request implements RequestView {
  readonly #headers: RequestHeaders;
  readonly #connection: Connection;
  readonly #proxies: number;

  constructor(
    headers: RequestHeaders,
    connection: Connection,
    { trustedProxies }: Pick<Settings, 'trustedProxies'>,
  ) {
    this.#headers = headers;
    this.#connection = connection;
    this.#proxies = trustedProxies;
  }

  header(name: string): string | undefined {
    return headerOf(this.#headers, name);
  }

  get host(): string {
    return hostOf(this.#headers, this.#connection.url);
  }

  get method(): string | undefined {
    return this.#connection.method;
  }

  /** What the adapter knows of it. */
  get isPage(): boolean | undefined {
    return this.#connection.isPage;
  }

  /** Without the query. */
  get path(): string | undefined {
    const { path, url } = this.#connection;
    if (path !== undefined) return path.split('?', 1)[0];
    return url !== undefined && URL.canParse(url) ? new URL(url).pathname : undefined;
  }

  get secure(): boolean {
    const { secure, url } = this.#connection;
    if (secure ?? url?.startsWith('https:')) return true;
    // Some proxies send the scheme of a WebSocket.
    return /^(?:https|wss)$/i.test(this.#forwarded('x-forwarded-proto') ?? '');
  }

  get insecureReason(): string {
    if (this.secure) return '';
    if (this.#proxies === 0 && this.header('x-forwarded-proto') !== undefined) {
      return 'the request came over plain HTTP with an X-Forwarded-Proto header, and trustProxy is off';
    }
    return this.#proxies > 0
      ? 'the trusted proxy did not send X-Forwarded-Proto: https'
      : 'the request came over plain HTTP';
  }

  get ipAddress(): string | undefined {
    const forwarded = this.#forwarded('x-forwarded-for');
    return (
      (forwarded === undefined ? undefined : forwardedAddress(forwarded)) ??
      this.#connection.remoteAddress
    );
  }

  /**
   * The entry that the outermost trusted proxy added. Each proxy appends one entry, so the count
   * goes from the right.
   */
  #forwarded(name: string): string | undefined {
    if (this.#proxies === 0) return undefined;
    const entries = this.header(name)?.split(',');
    return entries?.[Math.max(entries.length - this.#proxies, 0)]?.trim();
  }
}
