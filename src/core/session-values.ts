import { Adding, Incrementing, Setting, Updating } from '../data/operations.js';
import {
  type Absent,
  type Change,
  type ElementAt,
  type Keys,
  type KeysOf,
  type PathOf,
  type PathTo,
  parsePath,
  type ValueAt,
  valueAt,
} from '../data/path.js';
import { isMaskOf, maskToken } from '../keys/mask.js';
import { createToken, firstFormToken } from '../keys/token.js';
import { handedOut, read, writable } from './access.js';
import type { Engine } from './commit/engine.js';
import { noticingPrototype, refuseAssignments } from './guard.js';
import { type FlashOptions, flashPath } from './page.js';
import type { Visit } from './visit.js';

/**
 * Declares the type of your session data once, for `req.session` and `session()`: `declare module
 * 'sojourn' { interface SessionTypes { data: { cart: Item[]; views: number } } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: users add `data` to it.
export interface SessionTypes {}

/** The data type of sessions that were created without one. */
export type DefaultData = SessionTypes extends { data: infer Data extends object }
  ? Data
  : Record<string, unknown>;

type Fallback<Value> = Value | (() => Value);
type Key<Data> = keyof Data & string;

let engineOf: <Data extends object>(session: SessionValues<Data>) => Engine;
let visitOf: <Data extends object>(session: SessionValues<Data>) => Visit;
let isNested: <Data extends object>(session: SessionValues<Data>) => boolean;
let isSessionOf: (value: unknown, engine: Engine) => boolean;

/** The methods of a session that read and change its data at once. */
export class SessionValues<Data extends object = DefaultData> {
  readonly #visit: Visit;
  readonly #engine: Engine;
  readonly #isNested: boolean;

  static {
    engineOf = (session) => session.#engine;
    visitOf = (session) => session.#visit;
    isNested = (session) => session.#isNested;
    isSessionOf = (value, engine) =>
      typeof value === 'object' && value !== null && #engine in value && value.#engine === engine;
  }

  /** Made by `sessions.open`. A nested session belongs to a request inside another's. */
  constructor(visit: Visit, engine: Engine, isNested = false) {
    this.#visit = visit;
    this.#engine = engine;
    this.#isNested = isNested;
  }

  /**
   * The value at a path. When there is none: `undefined`, or the fallback. A fallback function is
   * called only when there is no value.
   */
  get<const Path extends PathOf<Data> | KeysOf<Data>>(
    path: Path,
  ): ValueAt<Data, Path> | Absent<Data, Path>;
  get<const Path extends PathOf<Data> | KeysOf<Data>, Default>(
    path: Path,
    fallback: Fallback<Default>,
  ): Exclude<ValueAt<Data, Path>, undefined> | Default;
  get(path: string | readonly string[], fallback?: unknown): unknown {
    const value = this.#value(parsePath(path));
    if (value !== undefined) return value;
    return typeof fallback === 'function' ? fallback() : fallback;
  }

  /**
   * Whether there is a value at a path, and it is not null. Asking does not end a flash message.
   */
  has<const Path extends PathOf<Data> | KeysOf<Data>>(path: Path): boolean {
    const [key, ...rest] = parsePath(path);
    const value = valueAt(this.#read().journal.peek(key), rest);
    return value !== undefined && value !== null;
  }

  /** Whether there is a value at a path, null included. */
  exists<const Path extends PathOf<Data> | KeysOf<Data>>(path: Path): boolean {
    return this.#read().journal.exists(parsePath(path));
  }

  /** Whether the value at a path is absent or null. */
  missing<const Path extends PathOf<Data> | KeysOf<Data>>(path: Path): boolean {
    return !this.has(path);
  }

  /**
   * All data, in a new object without prototype. A key that you add to this object is not stored,
   * but a change inside one of its values is.
   */
  all(): Partial<Data> {
    return this.#pick(() => true) as Partial<Data>;
  }

  /** Like {@link all}, with these keys only. */
  only<Name extends Key<Data>>(keys: readonly Name[]): Partial<Pick<Data, Name>> {
    const wanted = new Set<string>(keys);
    return this.#pick((key) => wanted.has(key)) as Partial<Pick<Data, Name>>;
  }

  /** Like {@link all}, without these keys. */
  except<Name extends Key<Data>>(keys: readonly Name[]): Partial<Omit<Data, Name>> {
    const unwanted = new Set<string>(keys);
    return this.#pick((key) => !unwanted.has(key)) as Partial<Omit<Data, Name>>;
  }

  /**
   * Sets the value at a path, and creates missing objects along the path. `undefined` removes the
   * value. When two requests set the same path, the later commit wins.
   */
  set<const Path extends PathOf<Data> | KeysOf<Data>>(
    path: Path,
    value: ValueAt<Data, Path> | undefined,
  ): this {
    const keys = parsePath(path);
    const { journal } = this.#write();
    if (keys.length === 1) journal.replace(keys[0], value);
    else journal.apply(new Setting(keys, value, journal.data));
    return this;
  }

  /**
   * Replaces the value at a path with the result of `change`; `undefined` removes the value. After
   * a conflict `change` runs again, on the value that another request stored, so no change is lost.
   * `change` must therefore have no side effects.
   */
  update<const Path extends PathOf<Data> | KeysOf<Data>>(
    path: Path,
    change: (present: ValueAt<Data, Path> | undefined) => ValueAt<Data, Path> | undefined,
  ): this {
    const keys = parsePath(path);
    const { journal } = this.#write();
    journal.apply(new Updating(keys, change as Change, journal));
    return this;
  }

  /**
   * Removes the value at a path, and returns whether there was one. In a list the later items move
   * up.
   */
  delete<const Path extends PathOf<Data> | KeysOf<Data>>(path: Path): boolean {
    const keys = parsePath(path);
    const { journal } = this.#write();
    const isThere = journal.exists(keys);
    if (keys.length === 1) journal.replace(keys[0], undefined);
    else if (isThere) journal.apply(new Setting(keys, undefined, journal.data));
    return isThere;
  }

  /** Removes all data. The session, its user and its token stay. */
  clear(): this {
    this.#write().journal.clear();
    return this;
  }

  /** Returns the value at a path, or the fallback, and removes the value. */
  pull<const Path extends PathOf<Data> | KeysOf<Data>>(path: Path): ValueAt<Data, Path> | undefined;
  pull<const Path extends PathOf<Data> | KeysOf<Data>, Default>(
    path: Path,
    fallback: Fallback<Default>,
  ): Exclude<ValueAt<Data, Path>, undefined> | Default;
  pull<const Path extends PathOf<Data> | KeysOf<Data>>(path: Path, fallback?: unknown): unknown {
    const value = this.get(path, fallback);
    this.delete(path);
    return value;
  }

  /**
   * Adds values to the end of the list at a path, and creates the list when there is none.
   * @throws `invalid-value` when the value at the path is not a list.
   */
  push<const Path extends PathTo<Data, readonly unknown[]> | KeysOf<Data>>(
    path: Path,
    ...values: ElementAt<Data, Path>[]
  ): this {
    const keys = parsePath(path);
    const { journal } = this.#write();
    journal.apply(new Adding(keys, values, journal.data));
    return this;
  }

  /**
   * Adds `by` to the number at a path, which counts as 0 when absent. Returns the sum as this
   * request sees it. No addition is lost when many requests add at the same time.
   * @throws `invalid-value` when the value at the path is not a number.
   */
  increment<const Path extends PathTo<Data, number> | KeysOf<Data>>(path: Path, by = 1): number {
    const keys = parsePath(path);
    const { journal } = this.#write();
    journal.apply(new Incrementing(keys, by));
    return valueAt(journal.data.look(keys[0]), keys, 1) as number;
  }

  /** Like {@link increment}, but subtracts. */
  decrement<const Path extends PathTo<Data, number> | KeysOf<Data>>(path: Path, by = 1): number {
    return this.increment(path, -by);
  }

  /**
   * Sets a key for this request, and for later ones until a page has shown it: see the option
   * `flash`.
   * @throws `invalid-option` for a wrong `path`.
   */
  flash<Name extends Key<Data>>(key: Name, value: Data[Name], options: FlashOptions = {}): this {
    const [name] = parsePath([key]);
    this.#write().journal.flash(name, value, flashPath(options));
    return this;
  }

  /** Sets a key for this request only. The value is not stored. */
  now<Name extends Key<Data>>(key: Name, value: Data[Name]): this {
    const [name] = parsePath([key]);
    this.#read().journal.pass(name, value);
    return this;
  }

  /** Keeps all flash messages that this request sees for one more request. */
  reflash(): this {
    this.#write().journal.keep();
    return this;
  }

  /** Keeps the flash messages under these keys for one more request. */
  keep<Name extends Key<Data>>(keys: readonly Name[]): this {
    this.#write().journal.keep(keys);
    return this;
  }

  /**
   * The CSRF token for this visitor's forms (synchroniser token). The text differs at each call, so
   * a compressed page does not leak the token (BREACH). `login` and `regenerate` create a new
   * token. The first call stores the token, so it also stores a new session.
   * @throws `read-only` or `too-late` when there is no token yet, and the errors of {@link set}.
   */
  csrfToken(): string {
    const { journal, held } = this.#read();
    const { csrf } = journal.data.facts;
    if (csrf !== undefined) return maskToken(csrf);
    // A change from outside a request has no token of a client.
    return this.#learnCsrf(held?.token ? firstFormToken(held.token) : createToken());
  }

  /** Like {@link csrfToken}, with a new token: forms with the old token are refused. */
  renewCsrfToken(): string {
    return this.#learnCsrf(createToken());
  }

  /** Whether `sent` is a text that {@link csrfToken} returned. Compares in constant time. */
  isCsrfToken(sent: unknown): boolean {
    const { csrf } = this.#read().journal.data.facts;
    return csrf !== undefined && isMaskOf(sent, csrf);
  }

  #learnCsrf(csrf: string): string {
    this.#write().journal.learn({ csrf });
    return maskToken(csrf);
  }

  #read(): Visit {
    return read(this.#visit);
  }

  #write(): Visit {
    return writable(this.#visit, this.#engine);
  }

  #value(keys: Keys): unknown {
    const visit = this.#read();
    return handedOut(visit, valueAt(visit.journal.get(keys[0]), keys, 1));
  }

  #pick(isWanted: (key: string) => boolean): Record<string, unknown> {
    const visit = this.#read();
    const picked: Record<string, unknown> = Object.create(null);
    for (const key of visit.journal.keys(visit.journal.data.defaultKeys()))
      if (isWanted(key)) picked[key] = handedOut(visit, visit.journal.get(key));
    return picked;
  }
}

refuseAssignments(SessionValues.prototype);
Object.setPrototypeOf(SessionValues.prototype, noticingPrototype());

export { engineOf, isNested, isSessionOf, visitOf };
