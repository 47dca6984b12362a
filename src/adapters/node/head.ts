import { appended } from '../answers/answer.js';

export type HeaderValue = number | string | readonly string[];

/** The parts of a response of `node:http`, `node:https` or `node:http2` that Sojourn uses. */
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
  /** Always there, although the types of node:http2 lack it. */
  flushHeaders?(): void;
  /**
   * Only in node:http and not public, but older middleware calls it: compression before 1.8,
   * express-session.
   */
  _implicitHeader?(): void;
  emit(event: 'drain'): boolean;
  destroy(error?: Error): unknown;
  /** Only in node:http: a plain property, whose value `writableEnded` returns. */
  finished?: boolean;
  /** Only in node:http: whether Node adds a `Date`. */
  sendDate?: boolean;
}

/**
 * Whether this is a response. For a WebSocket, applications and Socket.IO pass an object with fewer
 * methods, or an empty one.
 */
export function isResponse({ getHeaders, setHeader, writeHead }: Partial<NodeResponse>): boolean {
  return [getHeaders, setHeader, writeHead].every((method) => typeof method === 'function');
}

/** Returns a function that restores the present status and headers of a response. */
export function headReset(response: NodeResponse): () => void {
  const { statusCode, sendDate } = response;
  const headers = response.getHeaders();
  return () => {
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    // Removing a Date tells Node to send none.
    if (sendDate !== undefined) response.sendDate = sendDate;
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) response.setHeader(name, value);
    delete response.statusMessage;
    response.statusCode = statusCode;
  };
}

/**
 * Sets the status and headers that `writeHead` was given: an object, pairs, or names and values in
 * turn (as in Node's `rawHeaders`).
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
  // appendHeader would add to a list that is the handler's own.
  for (const [name, value] of pairs)
    response.setHeader(name, appended(response.getHeader(name), value));
}

function inPairs(list: readonly unknown[]): [string, HeaderValue][] {
  if (list.length % 2 !== 0)
    throw refused(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      'Headers in a list are names and values in turn',
    );
  return Array.from({ length: list.length / 2 }, (_, index) => [
    String(list[2 * index]),
    list[2 * index + 1] as HeaderValue,
  ]);
}

/**
 * Throws at once the error that Node throws for a chunk that cannot be sent. Once the call is kept
 * for later, its handler could not get the error any more.
 */
export function checkChunk(method: string, [chunk]: unknown[]): void {
  const isLeftOut = chunk === undefined || chunk === null || typeof chunk === 'function';
  if (method !== 'write' && (method !== 'end' || isLeftOut)) return;
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
    throw refused(TypeError, 'ERR_INVALID_ARG_TYPE', 'A chunk is a string or a Uint8Array');
}

/** Like {@link checkChunk}, for a status. */
export function checkStatus(status: unknown): void {
  const code = Math.trunc(Number(status));
  if (!(code >= 100 && code <= 999))
    throw refused(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', `${status} is not an HTTP status`);
}

function refused(Kind: ErrorConstructor, code: string, message: string): Error {
  return Object.assign(new Kind(message), { code });
}

/** The verbs in Node's error messages, by method. */
const CHANGES: Readonly<Record<string, string>> = {
  setHeader: 'set',
  appendHeader: 'append',
  removeHeader: 'remove',
  writeHead: 'write',
};

/** The error that Node throws when `method` is called after the head was sent. */
export function headersSent(method: string, response: object): Error {
  if ('stream' in response)
    return refused(Error, 'ERR_HTTP2_HEADERS_SENT', 'Response has already been initiated.');
  const message = `Cannot ${CHANGES[method] ?? 'set'} headers after they are sent to the client`;
  return refused(Error, 'ERR_HTTP_HEADERS_SENT', message);
}
