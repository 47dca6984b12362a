import type { Connection } from '../../http/request.js';

/** The parts of a request of `node:http`, `node:https` or `node:http2` that Sojourn uses. */
export interface NodeRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express keeps the URL here that the client sent. */
  readonly originalUrl?: string | undefined;
  readonly socket: { readonly encrypted?: boolean; readonly remoteAddress?: string | undefined };
}

/** The headers, for `sessions.open`. */
export function headersOf({ headers }: NodeRequest): NodeRequest['headers'] {
  // In HTTP/2 the host is a pseudo header (RFC 9113, section 8.3.1).
  const authority = headers[':authority'];
  return authority === undefined ? headers : { ...headers, host: authority };
}

/** The connection, for `sessions.open`. */
export function connectionOf(request: NodeRequest): Connection {
  return new NodeConnection(request);
}

/** Reads nothing from the socket before the core needs it. */
class NodeConnection implements Connection {
  readonly #request: NodeRequest;

  constructor(request: NodeRequest) {
    this.#request = request;
  }

  get method(): string | undefined {
    return this.#request.method;
  }

  get path(): string | undefined {
    return this.#request.originalUrl ?? this.#request.url;
  }

  get secure(): boolean {
    return this.#request.socket.encrypted === true;
  }

  get remoteAddress(): string | undefined {
    return this.#request.socket.remoteAddress;
  }
}
