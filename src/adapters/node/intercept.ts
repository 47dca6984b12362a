import { headersSent } from './head.js';

/** The methods of a response that send something. */
export const METHODS = ['writeHead', 'write', 'end', 'flushHeaders'] as const;

/** `flush` is not from Node: compression middleware adds it to a response. */
export type Method = (typeof METHODS)[number] | 'flush';
export type Call = (...parameters: unknown[]) => unknown;
export type Methods = Partial<Record<Method, Call>>;

/** The interceptor that the methods of a response ask first. */
export interface Interceptor {
  readonly response: object;
  /** Whether the head counts as sent although it waits. */
  readonly isHeld: boolean;
  /** Whether the answer counts as ended although it waits. */
  readonly looksEnded: boolean;
  /** Makes a call with `beneath`, keeps it for later, or drops it. */
  call(method: Method, parameters: unknown[], beneath: Call): unknown;
  /** Called when Node, or older middleware, writes the head for a call that was made. */
  writeImplicitHead(beneath: Call): unknown;
}

const HELD = Symbol('sojourn: held');
type Holder = { req?: { [HELD]?: Interceptor }; [HELD]?: Interceptor };

/**
 * The interceptor is kept on the request, where Express keeps things anyway. A WeakMap costs the
 * garbage collector more. A property on a response makes V8 before Node 22 give each Express
 * response its own hidden class. A second response to the same request keeps its own interceptor.
 */
export function keepHeld(response: object, held: Interceptor): void {
  const holder = response as Holder;
  if (holder.req === undefined || holder.req[HELD] !== undefined) holder[HELD] = held;
  else holder.req[HELD] = held;
}

export function heldOf(response: object): Interceptor | undefined {
  const holder = response as Holder;
  const held = holder.req?.[HELD];
  if (held !== undefined && isOne(response, held.response)) return held;
  return holder[HELD];
}

/** Some middleware passes on an object that inherits from the response. */
function isOne(response: object, held: object): boolean {
  return response === held || Object.prototype.isPrototypeOf.call(held, response);
}

/** `undefined` leaves the answer to Node. */
const GETTERS: Readonly<Record<string, (held: Interceptor) => boolean | undefined>> = {
  headersSent: (held) => held.isHeld || undefined,
  writableEnded: (held) => held.looksEnded || undefined,
  finished: (held) => held.looksEnded || undefined,
  // No part of the answer has reached the socket.
  writableFinished: (held) => !held.looksEnded && undefined,
};

/** Prototypes whose methods already ask. */
const intercepting = new WeakSet<object>();
/** Getters that a class does not allow to replace, as in Bun: each response then gets its own. */
const fixed = new Set<string>();

/**
 * Makes all responses of this kind ask whether they are held. This is done once for each prototype,
 * since properties on each response would cost more than all the rest of a session. Each class that
 * defines one of the methods asks in its own method, so a class on top of Node's keeps its methods.
 */
export function intercept(response: object): void {
  const first: object = Object.getPrototypeOf(response);
  if (!intercepting.has(first)) interceptAll(first);
  for (const name of fixed) replaceGetter(response, name);
}

function interceptAll(first: object): void {
  const chain: object[] = [];
  for (let one: object | null = first; one !== null; one = Object.getPrototypeOf(one))
    if (one !== Object.prototype) chain.push(one);
  const deepest = chain.findLastIndex((one) => Object.hasOwn(one, 'writeHead'));
  for (const prototype of chain.slice(0, deepest + 1)) {
    if (intercepting.has(prototype)) continue;
    intercepting.add(prototype);
    define(prototype, deepest === chain.indexOf(prototype));
  }
}

/** `isNative`: this class makes the head, so its getters about the head are changed too. */
function define(prototype: object, isNative: boolean): void {
  for (const method of METHODS)
    replace(prototype, method, isNative, (beneath) => {
      return function (...parameters) {
        const held = heldOf(this);
        return held === undefined
          ? beneath.apply(this, parameters)
          : held.call(method, parameters, beneath);
      };
    });
  for (const name of ['setHeader', 'appendHeader', 'removeHeader'])
    replace(prototype, name, isNative, (beneath) => {
      return function (...parameters) {
        if (heldOf(this)?.isHeld) throw headersSent(name, this);
        return beneath.apply(this, parameters);
      };
    });
  replace(prototype, '_implicitHeader', isNative, (beneath) => {
    return function () {
      const held = heldOf(this);
      return held === undefined ? beneath.call(this) : held.writeImplicitHead(beneath);
    };
  });
  if (!isNative) return;
  for (const name of Object.keys(GETTERS)) {
    const isFixed = Object.getOwnPropertyDescriptor(prototype, name)?.configurable === false;
    if (isFixed) fixed.add(name);
    else replaceGetter(prototype, name);
  }
}

type Bound = (this: object, ...parameters: unknown[]) => unknown;

/** `isNative`: inherited methods are defined on this class too. */
function replace(
  prototype: object,
  name: string,
  isNative: boolean,
  make: (beneath: Call) => Bound,
): void {
  if (!isNative && !Object.hasOwn(prototype, name)) return;
  const beneath: unknown = Reflect.get(prototype, name);
  if (typeof beneath !== 'function') return;
  const value = make(beneath as Call);
  Object.defineProperty(prototype, name, { configurable: true, writable: true, value });
}

/** `owner`: a prototype, or a response. */
function replaceGetter(owner: object, name: string): void {
  const { get: beneath, set } = propertyOf(owner, name);
  if (beneath === undefined) return;
  Object.defineProperty(owner, name, {
    configurable: true,
    get(this: object): unknown {
      const held = heldOf(this);
      return (held === undefined ? undefined : GETTERS[name]?.(held)) ?? beneath.call(this);
    },
    ...(set !== undefined && { set }),
  });
}

function propertyOf(owner: object, name: string): PropertyDescriptor {
  for (let one: object | null = owner; one !== null; one = Object.getPrototypeOf(one)) {
    const property = Object.getOwnPropertyDescriptor(one, name);
    if (property !== undefined) return property;
  }
  return {};
}

/** The methods that other code put on the response itself. */
export function ownMethods(response: object): Methods {
  const own: Methods = {};
  for (const method of [...METHODS, 'flush'] as const)
    if (Object.hasOwn(response, method)) own[method] = (response as Methods)[method] as Call;
  return own;
}

/** Puts `call` on the response itself, around `own` and the method of its class. Returns `own`. */
export function goAround(
  response: object,
  own: Methods,
  call: (method: Method, beneath: Call, parameters: unknown[]) => unknown,
): Methods {
  const inherited: Methods = Object.getPrototypeOf(response);
  for (const method of [...METHODS, 'flush'] as const) {
    const beneath = own[method] ?? (method === 'flush' ? undefined : inherited[method]);
    if (typeof beneath === 'function')
      (response as Methods)[method] = (...parameters) => call(method, beneath, parameters);
  }
  return own;
}
