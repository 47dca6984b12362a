import { AsyncLocalStorage } from 'node:async_hooks';
import { addHeaders, type HeaderTarget } from '../../core/headers.js';
import type { HeaderPair } from '../../core/transport.js';

type HeaderValue = number | string | readonly string[];

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
  /** Of node:http alone and not public, but older middleware calls it: compression before 1.8, express-session. */
  _implicitHeader?(): void;
  emit(event: 'drain'): boolean;
  destroy(error?: Error): unknown;
}

/** What decides when a held response leaves, and with which headers. */
export interface Hold {
  /** Whether {@link commit} must be waited for; asked when the response begins. */
  isPending(): boolean;
  /** Stores the session and returns the headers to add. */
  commit(): Promise<readonly HeaderPair[]>;
  /** Answers instead of the handler when that failed. The response is free to be written, unless its head was sent already. */
  fail(error: unknown): unknown;
}

type Method = 'writeHead' | 'write' | 'end' | 'flushHeaders';

/** Tells whoever answers a failure from a handler that goes on writing the lost response. */
const answering = new AsyncLocalStorage<NodeResponse>();

/**
 * Holds a response back from its first byte until a commit has ended; the only place where Sojourn changes the methods of a response. Node decides the
 * head synchronously, in whichever of `writeHead`, `write`, `end` and `flushHeaders` comes first: that call and those after it are kept, and made once
 * the commit has ended. Meanwhile the head counts as sent, as it would without us: changing it throws.
 */
export function holdResponse(response: NodeResponse, hold: Hold): void {
  let phase: 'open' | 'held' | 'free' | 'failed' = 'open';
  let statusCode = 0;
  let heldLength = 0;
  const calls: (readonly [Exclude<Method, 'writeHead'>, unknown[]])[] = [];
  const { writeHead, write, end, flushHeaders = () => undefined } = response;
  const originals = { write, end, flushHeaders };

  // Ours stay in place once the response is free, and pass through: another library may have wrapped them meanwhile.
  guardCalls(isFree);

  function guardCalls(passes: (method: Method, parameters: unknown[]) => boolean): void {
    response.writeHead = (...parameters) => (passes('writeHead', parameters) ? writeHead.apply(response, parameters) : response);
    response.write = (...parameters) => (passes('write', parameters) ? write.apply(response, parameters) : hasRoom());
    response.end = (...parameters) => (passes('end', parameters) ? end.apply(response, parameters) : response);
    response.flushHeaders = () => {
      if (passes('flushHeaders', [])) flushHeaders.call(response);
    };
  }

  /** Whether a call goes through; when the response is held, it is kept. */
  function isFree(method: Method, parameters: unknown[]): boolean {
    if (method === 'writeHead' && phase === 'held') throw headersSent();
    if (method === 'writeHead' && phase === 'open' && hold.isPending()) setHead(response, parameters);
    if (phase === 'open') begin();
    if (method !== 'writeHead' && phase === 'held') calls.push([method, parameters]);
    if (method === 'write' && phase === 'held') heldLength += (parameters[0] as { length?: number } | undefined)?.length ?? 0;
    return phase === 'free';
  }

  /** What a write answers that does not go through: whether Node would take more. */
  function hasRoom(): boolean {
    return phase === 'held' && heldLength < response.writableHighWaterMark;
  }

  function hasEnded(): boolean {
    return calls.some(([method]) => method === 'end');
  }

  /** The response begins: it is held from here on, or free when the session asks for nothing. */
  function begin(): void {
    phase = hold.isPending() ? 'held' : 'free';
    if (phase === 'free') return;
    ({ statusCode } = response);
    guardHead(response, {
      headersSent: () => phase === 'held',
      writableEnded: () => phase === 'held' && hasEnded(),
    });
    hold.commit().then(release).catch(fail);
  }

  function release(pairs: readonly HeaderPair[]): void {
    const isAwaited = !hasRoom();
    phase = 'free';
    response.statusCode = statusCode;
    addHeaders(new NodeHeaders(response), pairs);
    let isFlowing = false;
    for (const [method, parameters] of calls) {
      const result: unknown = originals[method].apply(response, parameters as []);
      if (method === 'write') isFlowing = result === true;
    }
    // The head was written and nothing else yet.
    if (!response.headersSent) writeHead.call(response, statusCode);
    // A held write answered false; when the stream took it all, it does not say 'drain' by itself.
    if (isAwaited && isFlowing && !response.writableEnded) response.emit('drain');
  }

  function fail(error: unknown): void {
    const isOver = hasEnded();
    phase = 'free';
    if (!response.headersSent) {
      phase = 'failed';
      // Taken again: what was put around us meanwhile is in the middle of the lost response.
      guardCalls(() => isOver || answering.getStore() === response);
    }
    answering.run(response, () => hold.fail(error));
  }
}

/** What takes the status and headers of a response back to what they are now. */
export function headReset(response: NodeResponse): () => void {
  const { statusCode } = response;
  const headers = response.getHeaders();
  return () => {
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
    delete response.statusMessage;
    response.statusCode = statusCode;
  };
}

/** Makes changes of the head throw while it is held, and the response say of itself what it would say without us. */
function guardHead(response: NodeResponse, says: { headersSent: () => boolean; writableEnded: () => boolean }): void {
  for (const name of ['setHeader', 'appendHeader', 'removeHeader'] as const) {
    const original = response[name] as (...parameters: unknown[]) => never;
    response[name] = (...parameters: unknown[]) => {
      if (says.headersSent()) throw headersSent();
      return original.apply(response, parameters);
    };
  }
  const { _implicitHeader: implicitHeader } = response;
  if (implicitHeader !== undefined) {
    response._implicitHeader = () => {
      if (!says.headersSent()) implicitHeader.call(response);
    };
  }
  const prototype: object = Object.getPrototypeOf(response);
  for (const name of ['headersSent', 'writableEnded'] as const) {
    const get = (): boolean => says[name]() || Reflect.get(prototype, name, response);
    Object.defineProperty(response, name, { configurable: true, get });
  }
}

/** What `writeHead` was given, as status and headers of the response: an object, pairs, or names and values in turn (as Node's `rawHeaders`). */
function setHead(response: NodeResponse, [status, ...others]: unknown[]): void {
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

/** `appendHeader` would add to the very list that the handler once passed in, and may pass in again for the next visitor. */
function append(response: NodeResponse, name: string, value: HeaderValue): void {
  const present = response.getHeader(name);
  response.setHeader(name, present === undefined ? value : [present, value].flat().map(String));
}

function inPairs(list: readonly unknown[]): [string, HeaderValue][] {
  if (list.length % 2 !== 0)
    throw Object.assign(new TypeError('Headers in a list are names and values in turn'), { code: 'ERR_INVALID_ARG_VALUE' });
  return Array.from({ length: list.length / 2 }, (_, index) => [String(list[2 * index]), list[2 * index + 1] as HeaderValue]);
}

function headersSent(): Error {
  return Object.assign(new Error('The head of a response cannot be changed after it was sent'), { code: 'ERR_HTTP_HEADERS_SENT' });
}

class NodeHeaders implements HeaderTarget {
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
