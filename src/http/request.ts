import { isIP } from 'node:net';
import type { Settings } from '../core/options.js';
import type { RequestView } from './transport.js';

/**
 * Request headers as the platforms hold them: web `Headers`, or Node's plain object with lower-case
 * names.
 */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What only the adapter knows about the connection. */
export interface Connection {
  /** Whether this server itself received the request over TLS. Default false. */
  secure?: boolean | undefined;
  /** The address of the peer: the client, or the last proxy. */
  remoteAddress?: string | undefined;
}

/** A request as the core sees it. Nothing is read from it before it is asked for. */
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
    if (typeof this.#headers.get === 'function') return this.#headers.get(name) ?? undefined;
    const value = (
      this.#headers as Readonly<Record<string, string | readonly string[] | undefined>>
    )[name];
    return typeof value === 'string' || value === undefined
      ? value
      : value.join(name === 'cookie' ? '; ' : ', ');
  }

  get secure(): boolean {
    return (
      this.#connection.secure === true ||
      this.#forwarded('x-forwarded-proto')?.toLowerCase() === 'https'
    );
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
    return forwarded !== undefined && isIP(forwarded) !== 0
      ? forwarded
      : this.#connection.remoteAddress;
  }

  /**
   * The entry that the outermost trusted proxy added: each proxy appends one, so it is counted from
   * the right.
   */
  #forwarded(name: string): string | undefined {
    if (this.#proxies === 0) return undefined;
    const entries = this.header(name)?.split(',');
    return entries?.[Math.max(entries.length - this.#proxies, 0)]?.trim();
  }
}
