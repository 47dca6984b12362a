import { addHeaders, type HeaderTarget } from '../core/headers.js';
import type { HeaderPair } from '../core/transport.js';

type HeaderValue = number | string | readonly string[];

/** The part of a response of `node:http`, `node:https` or `node:http2` that is used. */
export interface NodeResponse {
  statusCode: number;
  statusMessage?: string;
  readonly headersSent: boolean;
  getHeader(name: string): HeaderValue | undefined;
  getHeaderNames(): string[];
  setHeader(name: string, value: HeaderValue): unknown;
  appendHeader(name: string, value: string | readonly string[]): unknown;
  removeHeader(name: string): void;
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of node:http and node:http2 have no common type.
  writeHead(...parameters: any[]): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  write(...parameters: any[]): boolean;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  end(...parameters: any[]): unknown;
  flushHeaders(): void;
  emit(event: 'drain'): boolean;
  destroy(error?: Error): unknown;
}

/** What decides when a held response leaves, and with which headers. */
export interface Hold {
  /** Whether {@link commit} must be waited for; asked when the response begins. */
  isPending(): boolean;
  /** Stores the session and returns the headers to add. */
  commit(): Promise<readonly HeaderPair[]>;
  /** Answers instead of the handler when that failed. */
  fail(error: unknown): unknown;
}

type Call = readonly [method: 'write' | 'end' | 'flushHeaders', parameters: unknown[]];

/**
 * Holds a response back from its first byte until a commit has ended; the only place where Sojourn changes the methods of a response. Node decides the
 * head synchronously, in whichever of `writeHead`, `write`, `end` and `flushHeaders` comes first: that call and those after it are kept, and made once
 * the commit has ended. Meanwhile the head counts as sent, as it would without us: changing it throws.
 */
export function holdResponse(response: NodeResponse, hold: Hold): void {
  let phase: 'open' | 'held' | 'free' = 'open';
  const calls: Call[] = [];
  // Ours stay in place afterwards and pass through: another library may have wrapped them meanwhile.
  const { writeHead, write, end, flushHeaders } = response;

  response.writeHead = (...parameters) => {
    if (phase === 'held') throw headersSent();
    if (phase === 'free' || !begin()) return writeHead.apply(response, parameters);
    phase = 'free';
    try {
      setHead(response, parameters);
    } finally {
      phase = 'held';
    }
    return response;
  };
  response.write = (...parameters) => {
    if (!isHeld()) return write.apply(response, parameters);
    calls.push(['write', parameters]);
    return false;
  };
  response.end = (...parameters) => {
    if (!isHeld()) return end.apply(response, parameters);
    calls.push(['end', parameters]);
    return response;
  };
  response.flushHeaders = () => {
    if (!isHeld()) return flushHeaders.call(response);
    calls.push(['flushHeaders', []]);
  };

  function isHeld(): boolean {
    return phase === 'held' || (phase === 'open' && begin());
  }

  /** The response begins: it is held from here on, or free when the session asks for nothing. */
  function begin(): boolean {
    phase = hold.isPending() ? 'held' : 'free';
    if (phase === 'free') return false;
    guardHead(response, () => phase === 'held');
    hold.commit().then(release).catch(fail);
    return true;
  }

  function release(pairs: readonly HeaderPair[]): void {
    phase = 'free';
    addHeaders(new NodeHeaders(response), pairs);
    const originals = { write, end, flushHeaders };
    let isFlowing = false;
    for (const [method, parameters] of calls)
      isFlowing = originals[method].apply(response, parameters as []) === true && method === 'write';
    // The head was written and nothing else yet.
    if (!response.headersSent) writeHead.call(response, response.statusCode);
    // A held write answered false; when the stream took it all, it does not say 'drain' by itself.
    if (isFlowing) response.emit('drain');
  }

  function fail(error: unknown): void {
    phase = 'free';
    if (response.headersSent) response.destroy(error instanceof Error ? error : undefined);
    else {
      for (const name of response.getHeaderNames())
        if (/^(content-|transfer-|etag$|last-modified$|location$|cache-control$)/.test(name)) response.removeHeader(name);
      response.statusCode = 200;
      hold.fail(error);
    }
  }
}

/** Makes changes of the head throw while it is held, and `headersSent` true. */
function guardHead(response: NodeResponse, isHeld: () => boolean): void {
  for (const name of ['setHeader', 'appendHeader', 'removeHeader'] as const) {
    const original = response[name] as (...parameters: unknown[]) => never;
    response[name] = (...parameters: unknown[]) => {
      if (isHeld()) throw headersSent();
      return original.apply(response, parameters);
    };
  }
  const prototype: object = Object.getPrototypeOf(response);
  Object.defineProperty(response, 'headersSent', {
    configurable: true,
    get: () => isHeld() || Reflect.get(prototype, 'headersSent', response),
  });
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
  for (const [name, value] of pairs) {
    if (response.getHeader(name) === undefined) response.setHeader(name, value);
    else response.appendHeader(name, value);
  }
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
    this.#response.appendHeader(name, value);
  }
}
