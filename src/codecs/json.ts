import { SessionError } from '../core/errors.js';
import { quoted } from '../data/path.js';
import type { Codec } from './codec.js';

/**
 * How deep a value may be nested. A deeper value exhausts the stack of the code that walks it, and
 * a value that contains itself has no end.
 */
const MAX_DEPTH = 500;

/**
 * The part of a type that JSON can store. Values that JSON would change or drop have a text as
 * their type, so the compile error says what to do.
 */
export type JsonValue<Value> = unknown extends Value
  ? Value
  : Value extends string | number | boolean | null | undefined
    ? Value
    : Value extends
          | bigint
          | symbol
          | Date
          | RegExp
          | ReadonlyMap<never, never>
          | ReadonlySet<never>
          | ArrayBufferView
          | ((...values: never[]) => unknown)
      ? 'JSON cannot keep this value: store plain data, or pass codec: richCodec()'
      : JsonObject<Value>;

/** {@link JsonValue} for each property. */
export type JsonObject<Data> = { [Key in keyof Data]: JsonValue<Data[Key]> };

/**
 * The default codec: strict JSON. A value that JSON would change or drop is an error that names its
 * path, with two exceptions: a property that is `undefined` counts as absent, and -0 becomes 0.
 * Dates, maps, sets and similar values need `richCodec()`.
 */
export function jsonCodec(): Codec {
  return {
    encode(value, path) {
      // A walk and the engine's own encoder: for all but tiny values this is faster than one walk
      // that does both.
      check(value, [path]);
      return JSON.stringify(value);
    },

    decode(text) {
      const value = parse(text);
      if (mayHoldBomb(text)) checkDecoded(value, 0);
      return value;
    },
  };
}

/**
 * Refuses values that JSON cannot store. `path` leads to `value`. The whole walk uses one list,
 * which is joined to a name only for an error.
 */
function check(value: unknown, path: (string | number)[]): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw invalid(path, `is ${value}`);
      return;
    case 'object':
      if (value === null) return;
      if (path.length > MAX_DEPTH) throw tooDeep(path[0]);
      if (Array.isArray(value)) checkList(value, path);
      else checkObject(value, path);
      return;
    case 'undefined':
      throw invalid(path, 'is undefined');
    case 'bigint':
      throw invalid(path, 'is a BigInt');
    default:
      throw invalid(path, `is a ${typeof value}`, 'Store plain data only.');
  }
}

function checkList(list: readonly unknown[], path: (string | number)[]): void {
  for (let index = 0; index < list.length; index += 1) {
    path.push(index);
    check(list[index], path);
    path.pop();
  }
}

function checkObject(value: object, path: (string | number)[]): void {
  if (!isPlain(value))
    throw invalid(
      path,
      `is a ${Object.getPrototypeOf(value).constructor?.name || 'class instance'}`,
    );
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw invalid(path, 'has a symbol as a key', 'Store plain data only.');
  for (const key of Object.keys(value)) {
    path.push(key);
    if (key === '__proto__')
      throw invalid(path, 'would reach a prototype', 'Choose another name for the key.');
    const property: unknown = (value as Record<string, unknown>)[key];
    if (property !== undefined) check(property, path);
    path.pop();
  }
}

/** Also true for plain objects of another realm, whose prototype is not this realm's. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null ||
    prototype === Object.prototype ||
    Object.getPrototypeOf(prototype) === null
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged('is not JSON', cause);
  }
}

/**
 * Whether a decoded value must be walked: its text may hold a key `__proto__`, perhaps written with
 * escapes, or has enough brackets to be nested too deep.
 */
function mayHoldBomb(text: string): boolean {
  return (
    text.includes('__proto__') ||
    text.includes('\\u') ||
    (text.length > MAX_DEPTH &&
      countUpTo(MAX_DEPTH, text, '[') + countUpTo(MAX_DEPTH, text, '{') > MAX_DEPTH)
  );
}

function countUpTo(limit: number, text: string, character: string): number {
  let count = 0;
  for (
    let at = text.indexOf(character);
    at !== -1 && count <= limit;
    at = text.indexOf(character, at + 1)
  )
    count += 1;
  return count;
}

function checkDecoded(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_DEPTH) throw damaged(`is nested over ${MAX_DEPTH} levels deep`);
  if (Object.hasOwn(value, '__proto__')) throw damaged('has a key `__proto__`');
  for (const part of Object.values(value)) checkDecoded(part, depth + 1);
}

function invalid(
  path: readonly (string | number)[],
  what: string,
  advice = 'Store plain data, or use richCodec().',
): SessionError {
  const name = path.join('.');
  return new SessionError(
    'invalid-value',
    `${quoted(name)} ${what}, which JSON cannot keep. ${advice}`,
    { path: name },
  );
}

function tooDeep(key: string | number | undefined): SessionError {
  const name = String(key);
  return new SessionError(
    'invalid-value',
    `${quoted(name)} is nested over ${MAX_DEPTH} levels deep, or contains itself. Store flat data and refer by id.`,
    { path: name },
  );
}

function damaged(what: string, cause?: unknown): SessionError {
  return new SessionError(
    'invalid-record',
    `A stored value ${what}. Destroy its session, or read it with the codec that wrote it.`,
    { cause },
  );
}
