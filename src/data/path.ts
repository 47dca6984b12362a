import { SessionError } from '../core/errors.js';
import { isObject, isPlain, ownValue } from './values.js';

/** Names that would reach an object's prototype instead of its data. Refused in every path. */
const REFUSED: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

/** How many keys a path may have. */
const MAX_STEPS = 64;

/** How much of a key or path an error message shows, in characters. */
const MAX_SHOWN = 200;

/** The steps from the data to a value. The first is the top-level key. */
export type Keys = readonly [string, ...string[]];

/** Makes a new value from the present one. `undefined` means no value, in both directions. */
export type Change = (present: unknown) => unknown;

/**
 * The keys of a path: a string is split at its dots, an array is taken literally.
 * @throws `invalid-path` for an empty path, an empty step between dots, a name that reaches a
 * prototype, or more than 64 keys.
 */
export function parsePath(path: string | readonly string[]): Keys {
  const keys = typeof path === 'string' ? (path.includes('.') ? path.split('.') : [path]) : path;
  if (!isKeys(keys) || (typeof path === 'string' && keys.includes(''))) {
    throw new SessionError(
      'invalid-path',
      `${quoted(path)} is no path. Write 'user.teams', or ['user', 'teams'] to take keys literally.`,
    );
  }
  if (keys.length > MAX_STEPS) {
    throw new SessionError(
      'invalid-path',
      `${quoted(path)} has ${keys.length} keys, above ${MAX_STEPS}. Store flat data and refer by id.`,
    );
  }
  for (const key of keys) {
    if (!isKey(key)) {
      throw new SessionError(
        'invalid-path',
        `${quoted(key)} cannot be a key of session data. Choose another name for it.`,
        { path: keys.map(String).join('.') },
      );
    }
  }
  return keys;
}

/** Whether a name can be a key of data. */
export function isKey(name: unknown): name is string {
  return typeof name === 'string' && !REFUSED.has(name);
}

function isKeys(keys: readonly string[]): keys is Keys {
  return Array.isArray(keys) && keys.length > 0;
}

/**
 * A key or path for messages, in JSON's quotes and cut at 200 characters. A client may have chosen
 * the name: it must neither steer the terminal that shows a log nor fill the log.
 */
export function quoted(path: unknown): string {
  if (Array.isArray(path))
    return `[${path.slice(0, 3).map(quoted)}${path.length > 3 ? ', …' : ''}]`;
  if (typeof path !== 'string') return `a value of type ${typeof path}`;
  const shown = path.length > MAX_SHOWN ? `${path.slice(0, MAX_SHOWN)}…` : path;
  // JSON leaves further controls, line separators and marks that turn text around as they are.
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The value that `keys`, from the one at `from`, lead to from `value`; own properties only. */
export function valueAt(value: unknown, keys: readonly string[], from = 0): unknown {
  return walk(value, keys, from, keys.length);
}

/**
 * Whether `keys`, from the one at `from`, lead to a value from `value`, null included; own
 * properties only.
 */
export function holds(value: unknown, keys: readonly string[], from = 0): boolean {
  const last = keys.at(-1);
  if (last === undefined || from >= keys.length) return false;
  const parent = walk(value, keys, from, keys.length - 1);
  return isObject(parent) && Object.hasOwn(parent, last);
}

function walk(value: unknown, keys: readonly string[], from: number, to: number): unknown {
  let present = value;
  for (let index = from; index < to && present !== undefined; index += 1)
    present = isObject(present) ? ownValue(present, keys[index] as string) : undefined;
  return present;
}

/**
 * Replaces a value in `root`, the value of the key `keys[0]`, with the result of `change`, in
 * place. Missing objects on the way are created. A change to `undefined` removes the value. Returns
 * the root, which is new when there was none.
 * @throws `invalid-path` when something on the way is neither an object nor a list, or an index
 * would leave a hole.
 */
export function changeAt(root: unknown, keys: Keys, change: Change): unknown {
  let parent: Container | undefined;
  let present = root;
  let depth = 1;
  for (; depth < keys.length && present !== undefined && present !== null; depth += 1) {
    parent = container(present, keys, depth);
    present = ownValue(parent, keys[depth] as string);
  }
  let changed = change(depth === keys.length ? present : undefined);
  if (changed !== undefined)
    for (let index = keys.length - 1; index >= depth; index -= 1)
      changed = { [keys[index] as string]: changed };
  else if (depth < keys.length) return root;
  if (parent === undefined) return changed;
  put(parent, keys[depth - 1] as string, changed);
  return root;
}

type Container = unknown[] | Record<string, unknown>;

/** The object or list that holds the key at `depth`. */
function container(value: unknown, keys: Keys, depth: number): Container {
  if (Array.isArray(value)) {
    const key = keys[depth] as string;
    if (/^(?:0|[1-9]\d{0,8})$/.test(key) && Number(key) <= value.length) return value;
    const size = value.length;
    throw invalidPath(
      keys,
      `asks for the element ${quoted(key)} of a list of ${size}. Use an index in it, or push.`,
    );
  }
  if (isPlain(value)) return value;
  throw invalidPath(keys, 'leads through a value that has no keys. Set the value above it first.');
}

function invalidPath(keys: Keys, what: string): SessionError {
  const path = keys.join('.');
  return new SessionError('invalid-path', `${quoted(path)} ${what}`, { path });
}

function put(parent: Container, key: string, value: unknown): void {
  if (Array.isArray(parent)) {
    if (value === undefined) parent.splice(Number(key), 1);
    else parent[Number(key)] = value;
  } else if (value === undefined) delete parent[key];
  else parent[key] = value;
}

type Primitive = string | number | boolean | bigint | symbol | null | undefined;
type Leaf =
  | Primitive
  | Date
  | ReadonlyMap<never, never>
  | ReadonlySet<never>
  | ((...values: never[]) => unknown);
/** How deep the compiler follows a path. Give deeper paths as an array. */
type Below = [never, 0, 1, 2, 3, 4];

/** The dotted paths into `Data` that the compiler checks and completes, five steps deep. */
export type PathOf<Data, Depth extends number = 5> = [Depth] extends [never]
  ? never
  : Data extends Leaf
    ? never
    : Data extends readonly (infer Element)[]
      ? `${number}` | `${number}.${PathOf<NonNullable<Element>, Below[Depth]>}`
      : Data extends object
        ? string extends keyof Data
          ? string
          : {
              [Key in keyof Data & string]-?:
                | Key
                | `${Key}.${PathOf<NonNullable<Data[Key]>, Below[Depth]>}`;
            }[keyof Data & string]
        : never;

/** A path as a list of keys, for keys that contain dots. */
export type KeysOf<Data> = readonly [keyof Data & string, ...string[]];

/** Any path that a method accepts. */
export type AnyPath<Data> = PathOf<Data> | KeysOf<Data>;

/** The type of the value that a path leads to. */
export type ValueAt<Data, Path> = Path extends readonly [infer Key, ...infer Rest]
  ? Rest extends readonly []
    ? Step<Data, Key>
    : ValueAt<NonNullable<Step<Data, Key>>, Rest>
  : Path extends keyof Data
    ? Data[Path]
    : Path extends `${infer Key}.${infer Rest}`
      ? ValueAt<NonNullable<Step<Data, Key>>, Rest>
      : Step<Data, Path>;

/** Marks data in which every key that is not optional has a value or a default. */
declare const COMPLETE: unique symbol;

/** Data in which every key that is not optional has a value or a default. */
export type Complete<Data> = Data & { readonly [COMPLETE]?: true };

/** What reading gives when there is no value: `undefined`, unless the key has a default. */
export type Absent<Data, Path> = typeof COMPLETE extends keyof Data
  ? Path extends keyof Data | readonly [keyof Data]
    ? never
    : undefined
  : undefined;

type Step<Data, Key> = Key extends keyof Data
  ? Data[Key]
  : Data extends readonly (infer Element)[]
    ? Key extends `${number}`
      ? Element
      : unknown
    : unknown;

/** The paths whose value is a `Wanted`; all paths if the data has no exact type. */
export type PathTo<Data, Wanted> = {
  [Path in PathOf<Data>]: unknown extends ValueAt<Data, Path>
    ? Path
    : NonNullable<ValueAt<Data, Path>> extends Wanted
      ? Path
      : never;
}[PathOf<Data>];

/** The element type of the list at a path. */
export type ElementAt<Data, Path> =
  NonNullable<ValueAt<Data, Path>> extends readonly (infer Element)[] ? Element : unknown;
