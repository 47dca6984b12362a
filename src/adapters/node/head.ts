import type { HeaderTarget } from '../../http/headers.js';

export type HeaderValue = number | string | readonly string[];

/** The part of a response of `node:http`, `node:https` or `node:http2` that is used. */
export interface NodeResponse {
  statusCode: number;
  statusMessage?: string;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly writableHighWaterMark: number;
  getHeader(name: string): HeaderValue | undefined;
  getHeaderNames(): string[];
  getHeaders(): Readonly<Record<string, HeaderValue | undefined>>;
  setHeader(name: string, value: HeaderValue): unknown;
  appendHeader(name: string, value: string | readonly string[]): unknown;
  removeHeader(name: string): void;
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of node:http and node:http2 have no common type.
  writeHead(...parameters: any[]): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  write(...parameters: any[]): boolean;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  end(...parameters: any[]): unknown;
  /** Always there; the types of node:http2 lack it. */
  flushHeaders?(): void;
  /**
   * Of node:http alone and not public, but older middleware calls it: compression before 1.8,
   * express-session.
   */
  _implicitHeader?(): void;
  emit(event: 'drain'): boolean;
  destroy(error?: Error): unknown;
}

/** What takes the status and headers of a response back to what they are now. */
export function headReset(response: NodeResponse): () => void {
  const { statusCode } = response;
  const headers = response.getHeaders();
  return () => {
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) response.setHeader(name, value);
    delete response.statusMessage;
    response.statusCode = statusCode;
  };
}

/**
 * What `writeHead` was given, as status and headers of the response: an object, pairs, or names and
 * values in turn (as Node's `rawHeaders`).
 */
export function setHead(response: NodeResponse, [status, ...others]: unknown[]): void {
  const headers = others.findLast((other) => typeof other === 'object' && other !== null);
  if (typeof others[0] === 'string') response.statusMessage = others[0];
  response.statusCode = Number(status);
  if (headers === undefined) return;
  const pairs = Array.isArray(headers)
    ? Array.isArray(headers[0])
      ? headers
      : inPairs(headers)
    : Object.entries(headers as object);
  for (const [name] of pairs) response.removeHeader(name);
  for (const [name, value] of pairs) append(response, name, value);
}

/**
 * `appendHeader` would add to the very list that the handler once passed in, and may pass in again
 * for the next visitor.
 */
function append(response: NodeResponse, name: string, value: HeaderValue): void {
  const present = response.getHeader(name);
  response.setHeader(name, present === undefined ? value : [present, value].flat().map(String));
}

function inPairs(list: readonly unknown[]): [string, HeaderValue][] {
  if (list.length % 2 !== 0)
    throw Object.assign(new TypeError('Headers in a list are names and values in turn'), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  return Array.from({ length: list.length / 2 }, (_, index) => [
    String(list[2 * index]),
    list[2 * index + 1] as HeaderValue,
  ]);
}

export function headersSent(): Error {
  return Object.assign(new Error('The head of a response cannot be changed after it was sent'), {
    code: 'ERR_HTTP_HEADERS_SENT',
  });
}

/** The headers of a response, for `addHeaders`. */
export class NodeHeaders implements HeaderTarget {
  readonly #response: NodeResponse;

  constructor(response: NodeResponse) {
    this.#response = response;
  }

  get(name: string): string | undefined {
    const value = this.#response.getHeader(name);
    return value === undefined ? undefined : String(value);
  }

  set(name: string, value: string): void {
    this.#response.setHeader(name, value);
  }

  append(name: string, value: string): void {
    append(this.#response, name, value);
  }
}
