import { SessionError } from './errors.js';

/** Names that would reach an object's prototype instead of its data. Refused in every path. */
const REFUSED: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

/** The steps from the data to a value. The first is the top-level key. */
export type Keys = readonly [string, ...string[]];

/**
 * The keys of a path: a string is split at its dots, an array is taken literally.
 * @throws `invalid-path` for an empty path, an empty step between dots, or a name that reaches a
 * prototype.
 */
export function parsePath(path: string | readonly string[]): Keys {
  const keys = typeof path === 'string' ? (path.includes('.') ? path.split('.') : [path]) : path;
  if (!isKeys(keys) || (typeof path === 'string' && keys.includes(''))) {
    throw new SessionError(
      'invalid-path',
      `${JSON.stringify(path)} is no path. Write 'user.teams', or ['user', 'teams'] to take keys literally.`,
    );
  }
  for (const key of keys) {
    if (!isKey(key)) {
      throw new SessionError(
        'invalid-path',
        `${JSON.stringify(key)} cannot be a key of session data. Choose another name for it.`,
        {
          path: String(path),
        },
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

/** The value that `keys` lead to from `value`; own properties only. */
export function valueAt(value: unknown, keys: readonly string[]): unknown {
  let present = value;
  for (const key of keys) {
    if (typeof present !== 'object' || present === null || !Object.hasOwn(present, key))
      return undefined;
    present = (present as Record<string, unknown>)[key];
  }
  return present;
}

/** Whether `keys` lead to a value from `value`, null included; own properties only. */
export function holds(value: unknown, keys: readonly string[]): boolean {
  const last = keys.at(-1);
  const parent = valueAt(value, keys.slice(0, -1));
  return (
    last !== undefined &&
    typeof parent === 'object' &&
    parent !== null &&
    Object.hasOwn(parent, last)
  );
}

/**
 * Replaces the value that `keys` lead to from `root` by what `change` makes of it, in place;
 * objects on the way are made when absent, and a change to `undefined` removes the value. Returns
 * the root, which is new when there was none.
 * @throws `invalid-path` when something on the way is neither an object nor a list, or an index
 * would leave a hole.
 */
export function changeAt(
  root: unknown,
  keys: readonly string[],
  change: (present: unknown) => unknown,
  name: string,
): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return change(root);
  if (root === undefined || root === null) {
    const made = changeAt(undefined, rest, change, name);
    return made === undefined ? root : { [key]: made };
  }
  if (Array.isArray(root)) return changeElement(root, key, rest, change, name);
  if (!isContainer(root)) {
    throw new SessionError(
      'invalid-path',
      `'${name}' leads through a value that has no keys. Set the value above it first.`,
      {
        path: name,
      },
    );
  }
  const changed = changeAt(Object.hasOwn(root, key) ? root[key] : undefined, rest, change, name);
  if (changed === undefined) delete root[key];
  else root[key] = changed;
  return root;
}

function changeElement(
  list: unknown[],
  key: string,
  rest: readonly string[],
  change: (present: unknown) => unknown,
  name: string,
): unknown[] {
  const index = /^\d{1,9}$/.test(key) ? Number(key) : Number.NaN;
  if (!(index <= list.length)) {
    throw new SessionError(
      'invalid-path',
      `'${name}' asks for the element '${key}' of a list of ${list.length}. Use an index in it, or push.`,
      {
        path: name,
      },
    );
  }
  const changed = changeAt(list[index], rest, change, name);
  if (changed === undefined) list.splice(index, 1);
  else list[index] = changed;
  return list;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

type Primitive = string | number | boolean | bigint | symbol | null | undefined;
type Leaf =
  | Primitive
  | Date
  | ReadonlyMap<never, never>
  | ReadonlySet<never>
  | ((...values: never[]) => unknown);
/** How deep the compiler follows a path; below, a path is given as an array. */
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

/** A path given key by key, for keys that hold dots. */
export type KeysOf<Data> = readonly [keyof Data & string, ...string[]];

/** What a verb takes as a path. */
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

type Step<Data, Key> = Key extends keyof Data
  ? Data[Key]
  : Data extends readonly (infer Element)[]
    ? Key extends `${number}`
      ? Element
      : unknown
    : unknown;

/** The paths whose value is a `Wanted`; all paths where the type of the data says nothing. */
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
