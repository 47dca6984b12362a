import {
  type DefaultData,
  type ElementAt,
  hasCsrfToken,
  type PathOf,
  type PathTo,
  type Session,
  type ValueAt,
} from '../../core/internal.js';
import { copied, merged } from './merge.js';
import { oldInput } from './old-input.js';
import { ERRORS, INPUTS, RESERVED, usable } from './reserved.js';
import { type Callback, settled } from './settled.js';

type Name<Data> = keyof Data & string;
type OneOrMany<Key> = Key | readonly Key[];
type Values = Readonly<Record<string, unknown>>;

/**
 * A session with the API that OstroJS documents, on top of a Sojourn session. Keys are dotted
 * paths, such as `'user.teams'`. Changes are stored with the response, whatever its status. You
 * need not await the promises of `regenerate`, `invalidate` and `save`: a failure also fails the
 * response.
 */
export class OstroSession<Data extends object = DefaultData> {
  readonly #native: Session<Record<string, unknown>>;
  readonly #flashed = new Set<string>();
  /** Whether the session was stored before this request. */
  readonly existed: boolean;

  /** Made by `startSession`. */
  constructor(native: Session<Record<string, unknown>>) {
    this.#native = native;
    this.existed = !native.isNew;
  }

  /** The hash of the cookie's value. Safe to log: it does not open the session. */
  getId(): string {
    return this.#native.id;
  }

  /** Whether this request made changes that are not stored yet. */
  get touched(): boolean {
    return this.#native.isChanged;
  }

  /**
   * The value of a key, the default, or null. A default that is a function is called only when
   * needed. 0, `''` and false count as values.
   */
  get<const Path extends PathOf<Data>>(key: Path): Exclude<ValueAt<Data, Path>, undefined> | null;
  get<const Path extends PathOf<Data>, Default>(
    key: Path,
    defaultValue: Default | (() => Default),
  ): Exclude<ValueAt<Data, Path>, undefined> | Default;
  get(key: string, defaultValue?: unknown): unknown {
    return this.#native.get(this.#path(key), defaultValue) ?? null;
  }

  /** All data, flash included, without the keys that the dialect keeps for itself. */
  all(): Partial<Data> {
    return this.#native.except(RESERVED) as Partial<Data>;
  }

  only<Key extends Name<Data>>(keys: readonly Key[]): Partial<Pick<Data, Key>> {
    return this.#native.only(keys.filter((key) => !RESERVED.includes(key))) as Partial<
      Pick<Data, Key>
    >;
  }

  except<Key extends Name<Data>>(keys: readonly Key[]): Partial<Omit<Data, Key>> {
    return this.#native.except([...RESERVED, ...keys]) as Partial<Omit<Data, Key>>;
  }

  /** Whether all of the keys have a value that is not null. */
  has(keys: OneOrMany<PathOf<Data>>): boolean {
    return list(keys).every((key) => this.#native.has(this.#path(key)));
  }

  /** Whether all of the keys have a value, null included. */
  exists(keys: OneOrMany<PathOf<Data>>): boolean {
    return list(keys).every((key) => this.#native.exists(this.#path(key)));
  }

  /** Whether one of the keys is absent or null. */
  missing(keys: OneOrMany<PathOf<Data>>): boolean {
    return !this.has(keys);
  }

  put<const Path extends PathOf<Data>>(key: Path, value: ValueAt<Data, Path>): void;
  /** Puts each of the values. */
  put(values: Partial<Data>): void;
  put(key: string | Values, value?: unknown): void {
    const changes = pairs(key, value).map(([name, each]) => [this.#path(name), each] as const);
    for (const [path, each] of changes) this.#native.set(path, each);
  }

  /** Adds a value to the end of a list, which is created when absent. */
  push<const Path extends PathTo<Data, readonly unknown[]>>(
    key: Path,
    value: ElementAt<Data, Path>,
  ): void {
    this.#native.push(this.#path(key), value);
  }

  /**
   * Merges `value` into the present one: into a list at its end, into an object deeply, key by key.
   * Any other present value stays as it is.
   */
  merge(key: PathOf<Data>, value: unknown, defaultValue: object = {}): void {
    this.#native.update(this.#path(key), (present = structuredClone(defaultValue)) =>
      merged(present, copied(value, key)),
    );
  }

  /** The value of a key, the default, or null. Removes the key. */
  pull<const Path extends PathOf<Data>>(key: Path): Exclude<ValueAt<Data, Path>, undefined> | null;
  pull<const Path extends PathOf<Data>, Default>(
    key: Path,
    defaultValue: Default | (() => Default),
  ): Exclude<ValueAt<Data, Path>, undefined> | Default;
  pull(key: string, defaultValue?: unknown): unknown {
    return this.#native.pull(this.#path(key), defaultValue) ?? null;
  }

  /** Adds to a number, which counts as 0 when absent, and returns the sum. */
  increment(key: PathTo<Data, number>, incrementBy = 1): number {
    return this.#native.increment(this.#path(key), incrementBy);
  }

  decrement(key: PathTo<Data, number>, decrementBy = 1): number {
    return this.#native.decrement(this.#path(key), decrementBy);
  }

  /** Removes a key, or several. */
  forget(keys: OneOrMany<PathOf<Data>>): void {
    for (const key of list(keys)) this.#native.delete(this.#path(key));
  }

  /** Removes a key. */
  remove(key: PathOf<Data>): void {
    this.forget(key);
  }

  /** Removes all data, and makes a new CSRF token. */
  flush(): true {
    this.#native.clear();
    this.#flashed.clear();
    if (this.hasToken) this.regenerateToken();
    return true;
  }

  /** Sets a key for this request and the next. */
  flash<Key extends Name<Data>>(key: Key, value?: Data[Key]): void;
  flash(values: Partial<Data>): void;
  flash(key: string | Values, value: unknown = true): void {
    for (const [[name], each] of named(key, value)) {
      this.#native.flash(name, each);
      this.#flashed.add(name);
    }
  }

  /** Keeps only these keys of the flash that this request set. */
  flashOnly(...keys: OneOrMany<Name<Data>>[]): void {
    const kept = new Set<string>(keys.flat());
    this.#unflash((name) => !kept.has(name));
  }

  /** Takes back the flash that this request set under these keys. */
  flashExcept(...keys: OneOrMany<Name<Data>>[]): void {
    const dropped = new Set<string>(keys.flat());
    this.#unflash((name) => dropped.has(name));
  }

  /** Sets a key for this request only. */
  now<Key extends Name<Data>>(key: Key, value: Data[Key]): void;
  now(values: Partial<Data>): void;
  now(key: string | Values, value?: unknown): void {
    for (const [[name], each] of named(key, value)) this.#native.now(name, each);
  }

  /** Keeps all flash for one more request. */
  reflash(): void {
    this.#native.reflash();
  }

  /** Keeps the flash under these keys for one more request. */
  keep(...keys: OneOrMany<Name<Data>>[]): void {
    this.#native.keep(keys.flat());
  }

  /**
   * Gives the session a new cookie and a new CSRF token, and keeps all data. The old cookie no
   * longer works when the promise resolves. The result is false when another request ended or moved
   * the session first.
   * @param _destroy For OstroJS: whether to delete the old record. It is always deleted.
   */
  regenerate(_destroy?: boolean, callback?: Callback): Promise<boolean> {
    if (this.hasToken) this.regenerateToken();
    return settled(this.#native.regenerate(), callback);
  }

  /** Removes all data and gives the session a new cookie. Data put afterwards is kept. */
  invalidate(): Promise<boolean> {
    this.flush();
    // A user of Sojourn's own `login` would be kept otherwise.
    return settled(
      this.#native.userId === undefined ? this.#native.regenerate() : this.#native.logout(),
    );
  }

  /** Stores the changes now instead of with the response. */
  save(callback?: Callback): Promise<boolean> {
    return settled(this.#native.save(), callback);
  }

  /**
   * The CSRF token, which a form sends as `_token`. The text differs at each call, so a compressed
   * page does not leak it (BREACH). All texts are valid until there is a new token.
   */
  token(): string {
    return this.#native.csrfToken();
  }

  /** Whether the session already has a token. This creates none. */
  get hasToken(): boolean {
    return hasCsrfToken(this.#native);
  }

  /** Makes a new token. Forms with the old token are refused. */
  regenerateToken(): string {
    return this.#native.renewCsrfToken();
  }

  /** Whether {@link token} returned this text. `verifyCsrfToken` checks it for every form. */
  isToken(sent: unknown): boolean {
    return this.#native.isCsrfToken(sent);
  }

  /**
   * Flashes the fields of a form, for `old`. Leaves out, at any depth: secrets, by the names of
   * their fields; values that are not plain data or lie deeper than ten levels; and fields that do
   * not fit into 65,536 characters in total.
   */
  flashInput(values: Values): void {
    this.#native.flash(INPUTS, oldInput(values));
  }

  /** The form that the previous request flashed: all fields, or one, the default, or null. */
  old(): Values;
  old(key: string, defaultValue?: unknown): unknown;
  old(key?: string, defaultValue?: unknown): unknown {
    if (key === undefined) return this.#native.get(INPUTS, {});
    return this.#native.get([INPUTS, ...key.split('.')], defaultValue) ?? null;
  }

  /** Flashes the errors of a form, by field. */
  withErrors(errors: Values): void {
    this.#native.flash(ERRORS, errors);
  }

  /** The errors that the previous request flashed: all, or those of one field, or null. */
  errors(): Values;
  errors(key: string): unknown;
  errors(key?: string): unknown {
    return key === undefined
      ? this.#native.get(ERRORS, {})
      : (this.#native.get([ERRORS, key]) ?? null);
  }

  toJSON(): Partial<Data> {
    return this.all();
  }

  /** A key with a dot that was flashed is a key of its own. */
  #path(key: string): string | readonly [string] {
    return usable(key.includes('.') && this.#native.exists([key]) ? [key] : key);
  }

  #unflash(isUnwanted: (name: string) => boolean): void {
    for (const name of this.#flashed) {
      if (!isUnwanted(name)) continue;
      this.#native.delete([name]);
      this.#flashed.delete(name);
    }
  }
}

function list<Key>(keys: OneOrMany<Key>): readonly Key[] {
  return Array.isArray(keys) ? keys : [keys as Key];
}

function pairs(key: string | Values, value: unknown): [string, unknown][] {
  return typeof key === 'object' ? Object.entries(key) : [[key, value]];
}

/** Names are taken literally, and all are checked before the first is written. */
function named(key: string | Values, value: unknown): [readonly [string], unknown][] {
  return pairs(key, value).map(([name, each]) => [usable([name]), each]);
}
