import { AsyncLocalStorage } from 'node:async_hooks';
import { addHeaders } from '../../http/headers.js';
import type { HeaderPair } from '../../http/transport.js';
import { headersSent, NodeHeaders, type NodeResponse, setHead } from './head.js';

/** What decides when a held response leaves, and with which headers. */
export interface Hold {
  /** Whether {@link commit} must be waited for; asked when the response begins. */
  isPending(): boolean;
  /** Stores the session and returns the headers to add. */
  commit(): Promise<readonly HeaderPair[]>;
  /** Changes headers that are there, once every commit has ended. */
  release?(): void;
  /**
   * Answers instead of the handler when that failed. The response is free to be written, unless its
   * head was sent already.
   */
  fail(error: unknown): unknown;
}

const METHODS = ['writeHead', 'write', 'end', 'flushHeaders'] as const;
type Method = (typeof METHODS)[number];
type Calls = Record<Method, (...parameters: unknown[]) => unknown>;

/** Tells whoever answers a failure from a handler that goes on writing the lost response. */
const answering = new AsyncLocalStorage<NodeResponse>();

/**
 * Holds a response back from its first byte until a commit has ended; this file is the only one
 * that changes the methods of a response. Node decides the head synchronously, in whichever of
 * `writeHead`, `write`, `end` and `flushHeaders` comes first: that call and those after it are
 * kept, and made once the commit has ended. Meanwhile the head counts as sent, as it would without
 * us: changing it throws.
 */
export function holdResponse(response: NodeResponse, hold: Hold): void {
  if (heldOf(response)?.join(hold)) return;
  const held = new HeldResponse(response, hold);
  const isWrapped = METHODS.some((method) => Object.hasOwn(response, method));
  keep(response, held);
  intercept(response);
  // Another library put its own around the methods, and may have got at those beneath ours: go
  // around it in turn.
  if (isWrapped) held.takeOver();
}

class HeldResponse {
  readonly #response: NodeResponse;
  readonly #holds: Hold[];
  readonly #originals: Calls;
  #phase: 'open' | 'held' | 'free' | 'failed' = 'open';
  #kept: (readonly [Exclude<Method, 'writeHead'>, unknown[]])[] = [];
  #keptLength = 0;
  #statusCode = 0;
  /** Whether the handler had ended the response that could not be sent. */
  #isOver = false;

  constructor(response: NodeResponse, hold: Hold) {
    const { writeHead, write, end, flushHeaders = () => undefined } = response;
    this.#originals = { writeHead, write, end, flushHeaders };
    this.#response = response;
    this.#holds = [hold];
  }

  /** Waits for another session's commit too; `false` when the response has begun. */
  join(hold: Hold): boolean {
    if (this.#phase === 'open') this.#holds.push(hold);
    return this.#phase === 'open';
  }

  /** Makes a call, or keeps it for later. */
  call(method: Method, parameters: unknown[], original: Calls[Method]): unknown {
    if (this.#phase === 'open') this.#begin(method, parameters);
    else if (method === 'writeHead' && this.#phase === 'held') throw headersSent();
    if (this.#phase === 'free' || (this.#phase === 'failed' && this.#mayAnswer()))
      return original.apply(this.#response, parameters);
    if (method === 'writeHead') return this.#response;
    // A second end is nothing to middleware that waits with the first; Node would make an uncaught
    // error of it.
    if (this.#phase === 'held' && !(method === 'end' && this.hasEnded))
      this.#kept.push([method, parameters]);
    if (method !== 'write') return this.#response;
    this.#keptLength += (parameters[0] as { length?: number } | undefined)?.length ?? 0;
    return this.#hasRoom();
  }

  /** Puts this around whatever methods the response has by now. */
  takeOver(): void {
    for (const method of METHODS) {
      const original = this.#response[method] as Calls[Method] | undefined;
      if (original !== undefined)
        this.#response[method] = ((...parameters: unknown[]) =>
          this.call(method, parameters, original)) as never;
    }
  }

  /** What a kept write answers: whether Node would take more. */
  #hasRoom(): boolean {
    return this.#phase === 'held' && this.#keptLength < this.#response.writableHighWaterMark;
  }

  get isHeld(): boolean {
    return this.#phase === 'held';
  }

  get hasEnded(): boolean {
    return this.isHeld && this.#kept.some(([method]) => method === 'end');
  }

  #mayAnswer(): boolean {
    return this.#isOver || answering.getStore() === this.#response;
  }

  /** The response begins: it is held from here on, or free when the session asks for nothing. */
  #begin(method: Method, parameters: unknown[]): void {
    const isPending = this.#holds.some((hold) => hold.isPending());
    if (isPending && method === 'writeHead') setHead(this.#response, parameters);
    this.#phase = isPending ? 'held' : 'free';
    if (!isPending) return;
    this.#statusCode = this.#response.statusCode;
    void this.#commit();
  }

  async #commit(): Promise<void> {
    let [present] = this.#holds;
    try {
      const pairs: HeaderPair[] = [];
      for (present of this.#holds) pairs.push(...(await present.commit()));
      this.#release(pairs);
    } catch (error) {
      this.#fail(error, present);
    }
  }

  #release(pairs: readonly HeaderPair[]): void {
    const response = this.#response;
    const isAwaited = !this.#hasRoom();
    this.#phase = 'free';
    response.statusCode = this.#statusCode;
    for (const hold of this.#holds) hold.release?.();
    addHeaders(new NodeHeaders(response), pairs);
    let isFlowing = false;
    for (const [method, parameters] of this.#kept) {
      const result = this.#originals[method].apply(response, parameters);
      if (method === 'write') isFlowing = result === true;
    }
    // The head was written and nothing else yet.
    if (!response.headersSent) this.#originals.writeHead.call(response, this.#statusCode);
    // A kept write answered false; when the stream took it all, it does not say 'drain' by itself.
    if (isAwaited && isFlowing && !response.writableEnded) response.emit('drain');
  }

  #fail(error: unknown, hold: Hold | undefined): void {
    this.#isOver = this.hasEnded;
    this.#phase = 'free';
    if (!this.#response.headersSent) {
      this.#phase = 'failed';
      // What was put around us meanwhile is in the middle of the lost response.
      for (const method of METHODS) this.#response[method] = this.#originals[method] as never;
      this.takeOver();
    }
    answering.run(this.#response, () => hold?.fail(error));
  }
}

const HELD = Symbol('sojourn: held');
type Holder = { req?: { [HELD]?: HeldResponse }; [HELD]?: HeldResponse };

/**
 * Kept on the request, where Express keeps things anyway: a WeakMap costs the garbage collector
 * more.
 */
function keep(response: object, held: HeldResponse): void {
  const holder = response as Holder;
  (holder.req ?? holder)[HELD] = held;
}

function heldOf(response: object): HeldResponse | undefined {
  const holder = response as Holder;
  return holder.req === undefined ? holder[HELD] : holder.req[HELD];
}

/** Prototypes whose methods ask whether their response is held. */
const intercepting = new WeakSet<object>();
/** For each prototype of Node's own, the properties that its responses get. */
const properties = new WeakMap<object, ReadonlyMap<string, PropertyDescriptor>>();

/**
 * Makes a response ask whether it is held. The functions are shared and find it by `this`: closures
 * for each response, and on the responses of Express any property of their own, make V8 (before
 * Node 22) treat every response as one of a kind, which costs more than all the rest of a session.
 */
function intercept(response: NodeResponse): void {
  let [prototype, next] = ancestors(response);
  if (Object.hasOwn(prototype, 'writeHead') && !intercepting.has(prototype)) {
    // Node's own, which others use too.
    const own = properties.get(prototype) ?? interceptors(prototype);
    properties.set(prototype, own);
    for (const [name, property] of own)
      if (!Object.hasOwn(response, name)) Object.defineProperty(response, name, property);
    return;
  }
  // Express changes the prototype of a response on its way through mounted applications. All of
  // them have the one next to Node's in common.
  while (next !== null && !intercepting.has(prototype) && !Object.hasOwn(next, 'writeHead'))
    [prototype, next] = ancestors(prototype);
  // A stand-in of tests may have all its methods itself.
  if (next === null || intercepting.has(prototype) || intercepting.has(next)) return;
  intercepting.add(prototype);
  for (const [name, property] of interceptors(next))
    Object.defineProperty(prototype, name, property);
}

function ancestors(object: object): [object, object | null] {
  const prototype: object = Object.getPrototypeOf(object);
  return [prototype, Object.getPrototypeOf(prototype)];
}

/** Properties that go in front of those of `beneath`. */
function interceptors(beneath: object): ReadonlyMap<string, PropertyDescriptor> {
  const found = new Map<string, PropertyDescriptor>();
  const original = (name: string): Calls[Method] => Reflect.get(beneath, name);
  const define = (
    name: string,
    value: (this: object, ...parameters: unknown[]) => unknown,
  ): void => {
    found.set(name, { configurable: true, writable: true, value });
  };

  for (const method of METHODS) {
    const call = original(method);
    define(method, function (...parameters) {
      const held = heldOf(this);
      return held === undefined
        ? call.apply(this, parameters)
        : held.call(method, parameters, call);
    });
  }
  for (const name of ['setHeader', 'appendHeader', 'removeHeader']) {
    const change = original(name);
    define(name, function (...parameters) {
      if (heldOf(this)?.isHeld) throw headersSent();
      return change.apply(this, parameters);
    });
  }
  if (Reflect.has(beneath, '_implicitHeader')) {
    const implicitHeader = original('_implicitHeader');
    define('_implicitHeader', function () {
      return heldOf(this)?.isHeld ? undefined : implicitHeader.call(this);
    });
  }
  found.set('headersSent', {
    configurable: true,
    get(this: object): boolean {
      return heldOf(this)?.isHeld || Reflect.get(beneath, 'headersSent', this);
    },
  });
  found.set('writableEnded', {
    configurable: true,
    get(this: object): boolean {
      return heldOf(this)?.hasEnded || Reflect.get(beneath, 'writableEnded', this);
    },
  });
  return found;
}
