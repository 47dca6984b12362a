import type {
  DefaultData,
  ElementAt,
  PathOf,
  PathTo,
  Session,
  ValueAt,
} from '../../core/internal.js';
import { createToken } from '../../keys/token.js';
import { merged } from './merge.js';

// Data of the dialect's own, which `all` does not show.
/** The token against forged requests. */
export const TOKEN = '__token';
const INPUTS = '__inputs';
const ERRORS = '__errors';
const HIDDEN = [TOKEN, INPUTS, ERRORS];
/** What must not lie in a session because a form was sent back. */
const SECRET_INPUTS: ReadonlySet<string> = new Set(['_token', 'password', 'password_confirmation']);

type Name<Data> = keyof Data & string;
type OneOrMany<Key> = Key | readonly Key[];
type Values = Readonly<Record<string, unknown>>;
type Callback = (error: unknown, result?: boolean) => void;

/**
 * The session as OstroJS documents it, over a Sojourn session. Keys are dotted paths, as
 * `'user.teams'`. Changes are stored with the response, whatever its status; `regenerate`,
 * `invalidate` and `save` return promises, and need not be awaited: a failure also fails the
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

  /** The hash of what the cookie holds: safe to log, and lets nobody in. */
  getId(): string {
    return this.#native.id;
  }

  /** Whether this request changed something that is not stored yet. */
  get touched(): boolean {
    return this.#native.isChanged;
  }

  /**
   * The value of a key, the default, or null. A default that is a function is called when it is
   * needed. 0, `''` and false are values.
   */
  get<const Path extends PathOf<Data>>(key: Path): Exclude<ValueAt<Data, Path>, undefined> | null;
  get<const Path extends PathOf<Data>, Default>(
    key: Path,
    defaultValue: Default | (() => Default),
  ): Exclude<ValueAt<Data, Path>, undefined> | Default;
  get(key: string, defaultValue?: unknown): unknown {
    return this.#native.get(this.#path(key), defaultValue) ?? null;
  }

  /** All data, flash included, without what the dialect keeps for itself. */
  all(): Partial<Data> {
    return this.#native.except(HIDDEN) as Partial<Data>;
  }

  only<Key extends Name<Data>>(keys: readonly Key[]): Partial<Pick<Data, Key>> {
    return this.#native.only(keys.filter((key) => !HIDDEN.includes(key))) as Partial<
      Pick<Data, Key>
    >;
  }

  except<Key extends Name<Data>>(keys: readonly Key[]): Partial<Omit<Data, Key>> {
    return this.#native.except([...HIDDEN, ...keys]) as Partial<Omit<Data, Key>>;
  }

  /** Whether all of the keys are there and not null. */
  has(keys: OneOrMany<PathOf<Data>>): boolean {
    return list(keys).every((key) => this.#native.has(this.#path(key)));
  }

  /** Whether all of the keys are there, null included. */
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
    for (const [name, each] of pairs(key, value)) this.#native.set(this.#path(name), each);
  }

  /** Adds a value to the end of a list, making it when absent. */
  push<const Path extends PathTo<Data, readonly unknown[]>>(
    key: Path,
    value: ElementAt<Data, Path>,
  ): void {
    this.#native.push(this.#path(key), value);
  }

  /**
   * Adds what `value` holds: to a list at its end, to an object key by key and deep. Anything else
   * stays as it is.
   */
  merge(key: PathOf<Data>, value: unknown, defaultValue: object = {}): void {
    this.#native.update(this.#path(key), (present = structuredClone(defaultValue)) => {
      if (Array.isArray(present)) return present.concat(structuredClone(value));
      return typeof present === 'object' ? merged(present, structuredClone(value)) : present;
    });
  }

  /** The value of a key, the default, or null; the key is gone. */
  pull<const Path extends PathOf<Data>>(key: Path): Exclude<ValueAt<Data, Path>, undefined> | null;
  pull<const Path extends PathOf<Data>, Default>(
    key: Path,
    defaultValue: Default | (() => Default),
  ): Exclude<ValueAt<Data, Path>, undefined> | Default;
  pull(key: string, defaultValue?: unknown): unknown {
    return this.#native.pull(this.#path(key), defaultValue) ?? null;
  }

  /** Adds to a number, 0 when absent, and returns the sum. */
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

  /** Removes all data; the token against forged requests is a new one. */
  flush(): true {
    const hadToken = this.#native.has(TOKEN);
    this.#native.clear();
    this.#flashed.clear();
    if (hadToken) this.regenerateToken();
    return true;
  }

  /** Sets a key for this request and the next. */
  flash<Key extends Name<Data>>(key: Key, value?: Data[Key]): void;
  flash(values: Partial<Data>): void;
  flash(key: string | Values, value: unknown = true): void {
    for (const [name, each] of pairs(key, value)) {
      this.#native.flash(name, each);
      this.#flashed.add(name);
    }
  }

  /** Of what this request flashed, keeps these keys only. */
  flashOnly(...keys: OneOrMany<Name<Data>>[]): void {
    const kept: readonly string[] = keys.flat();
    this.#unflash((name) => !kept.includes(name));
  }

  /** Takes back what this request flashed under these keys. */
  flashExcept(...keys: OneOrMany<Name<Data>>[]): void {
    const dropped: readonly string[] = keys.flat();
    this.#unflash((name) => dropped.includes(name));
  }

  /** Sets a key for this request only. */
  now<Key extends Name<Data>>(key: Key, value: Data[Key]): void;
  now(values: Partial<Data>): void;
  now(key: string | Values, value?: unknown): void {
    for (const [name, each] of pairs(key, value)) this.#native.now(name, each);
  }

  /** Carries all flash one request further. */
  reflash(): void {
    this.#native.reflash();
  }

  /** Carries the flash of these keys one request further. */
  keep(...keys: OneOrMany<Name<Data>>[]): void {
    this.#native.keep(keys.flat());
  }

  /**
   * Moves the session to a new cookie, with all data and a new token against forged requests; the
   * old cookie is dead when the promise resolves. False when another request ended or moved the
   * session first.
   * @param _destroy For OstroJS: whether the old record goes. It always does.
   */
  regenerate(_destroy?: boolean, callback?: Callback): Promise<boolean> {
    if (this.#native.has(TOKEN)) this.regenerateToken();
    return settled(this.#native.regenerate(), callback);
  }

  /** Removes all data and moves the session to a new cookie. What is put from here on is kept. */
  invalidate(): Promise<boolean> {
    this.flush();
    // A user that Sojourn's own `login` named would move along.
    return settled(
      this.#native.userId === undefined ? this.#native.regenerate() : this.#native.logout(),
    );
  }

  /** Stores the changes now instead of with the response. */
  save(callback?: Callback): Promise<boolean> {
    return settled(this.#native.save(), callback);
  }

  /** What a form of this visitor sends along as `_token`. */
  token(): string {
    const token = this.#native.get(TOKEN);
    return typeof token === 'string' ? token : this.regenerateToken();
  }

  /** A new one; forms that were made before are refused. */
  regenerateToken(): string {
    const token = createToken();
    this.#native.set(TOKEN, token);
    return token;
  }

  /** Flashes what a form sent, for `old`; tokens and passwords are left out. */
  flashInput(values: Values): void {
    this.#native.flash(
      INPUTS,
      Object.fromEntries(Object.entries(values).filter(([name]) => !SECRET_INPUTS.has(name))),
    );
  }

  /** What the form of the request before sent: all of it, or one field, the default, or null. */
  old(): Values;
  old(key: string, defaultValue?: unknown): unknown;
  old(key?: string, defaultValue?: unknown): unknown {
    if (key === undefined) return this.#native.get(INPUTS, {});
    return this.#native.get([INPUTS, ...key.split('.')], defaultValue) ?? null;
  }

  /** Flashes what was wrong with a form, by field. */
  withErrors(errors: Values): void {
    this.#native.flash(ERRORS, errors);
  }

  /** What was wrong with the form of the request before: all of it, or one field's, or null. */
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
    return key.includes('.') && this.#native.exists([key]) ? [key] : key;
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

/**
 * Whether the session is still this client's. The native verb sees to it that a failure nobody
 * awaits is not lost, nor ends the process.
 */
function settled(outcome: Promise<string>, callback?: Callback): Promise<boolean> {
  const result = outcome.then((came) => came !== 'gone');
  result.then(
    (isDone) => callback && process.nextTick(callback, null, isDone),
    (error) => callback && process.nextTick(callback, error),
  );
  return result;
}
