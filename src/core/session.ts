import type { Commits } from './commit.js';
import { SessionError } from './errors.js';
import { deadline } from './expiry.js';
import { adding, incrementing, isPrimitive } from './operations.js';
import type { Settings } from './options.js';
import {
  type AnyPath,
  type ElementAt,
  holds,
  type Keys,
  type KeysOf,
  type PathTo,
  parsePath,
  type ValueAt,
  valueAt,
} from './path.js';
import type { Outcome, SessionState } from './state.js';

/**
 * Names the data of your sessions once, for `req.session` and `session()`:
 * `declare module 'sojourn' { interface SessionTypes { data: { cart: Item[]; views: number } } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: users add `data` to it.
export interface SessionTypes {}

/** The data of sessions whose type was not given. */
export type DefaultData = SessionTypes extends { data: infer Data extends object }
  ? Data
  : Record<string, unknown>;

type Fallback<Value> = Value | (() => Value);
type Key<Data> = keyof Data & string;

/** What a session needs of the sessions that made it. */
export interface SessionContext {
  readonly settings: Settings;
  readonly commits: Commits;
  /** Stores a write that came after the response; what goes wrong becomes an event. */
  readonly storeLate: (state: SessionState) => void;
}

let stateOf: <Data extends object>(session: Session<Data>) => SessionState;

/**
 * One visitor's session during one request.
 *
 * Verbs that change data act on this request's view at once and are stored with the response (or by
 * {@link save}). Verbs that change whose session it is, or end it, return a promise and act on the
 * store before it resolves.
 *
 * A path is `'user.teams'`, or `['user.teams']` when a key holds a dot. An object that was read or
 * set may be changed in place; that is noticed and stored as a new value of its top-level key.
 */
export class Session<Data extends object = DefaultData> {
  readonly #state: SessionState;
  readonly #context: SessionContext;

  static {
    stateOf = (session) => session.#state;
    // As a method it would need node:util in the type declarations.
    Object.defineProperty(Session.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Session<object>): string {
        const { held, mode, journal } = this.#state;
        return `Session { id: ${held?.id ?? '(new)'}, mode: ${mode}, keys: [${[...journal.keys()].join(', ')}] }`;
      },
    });
  }

  /** Made by `sessions.open`. */
  constructor(state: SessionState, context: SessionContext) {
    this.#state = state;
    this.#context = context;
  }

  /**
   * The hash of the token, in base64url: safe to log and to show. A new session's is final once it
   * is stored.
   */
  get id(): string {
    const state = this.#read();
    if (state.held !== undefined) return state.held.id;
    state.place ??= this.#context.settings.persistence.place();
    return state.place.id;
  }

  /** Whether nothing is stored for this session yet. */
  get isNew(): boolean {
    return this.#read().held === undefined;
  }

  /** Whether the handler changed something that is not stored yet. */
  get isChanged(): boolean {
    return this.#state.journal.isChanged;
  }

  /**
   * Whether the session stands in for one that could not be read (`onStoreError: 'anonymous'`):
   * empty, and every change throws `read-only`.
   */
  get isReadOnly(): boolean {
    return this.#read().mode === 'stand-in';
  }

  /**
   * What the last commit or asynchronous verb came to; one that had nothing to store leaves it as
   * it was.
   */
  get outcome(): Outcome {
    return this.#state.outcome;
  }

  /** When the session began, or the user logged in, in epoch milliseconds. */
  get createdAt(): number {
    return this.#read().createdAt;
  }

  /** When the session ends if it is not used again, in epoch milliseconds. */
  get expiresAt(): number {
    const { held, createdAt } = this.#read();
    const { clocks, now } = this.#context.settings;
    return held?.record.expiresAt ?? deadline(clocks, createdAt, now());
  }

  /** The user that {@link login} named. */
  get userId(): string | undefined {
    const { held, mode } = this.#read();
    return mode === 'live' ? held?.record.userId : undefined;
  }

  /**
   * The value at a path; `undefined`, or the fallback, when it is absent. A fallback function is
   * called only then.
   */
  get<const Path extends AnyPath<Data>>(path: Path): ValueAt<Data, Path> | undefined;
  get<const Path extends AnyPath<Data>, Default>(
    path: Path,
    fallback: Fallback<Default>,
  ): Exclude<ValueAt<Data, Path>, undefined> | Default;
  get(path: string | readonly string[], fallback?: unknown): unknown {
    const value = this.#value(parsePath(path));
    if (value !== undefined) return value;
    return typeof fallback === 'function' ? fallback() : fallback;
  }

  /** Whether a value is there and not null. */
  has<const Path extends AnyPath<Data>>(path: Path): boolean {
    const value = this.#value(parsePath(path));
    return value !== undefined && value !== null;
  }

  /** Whether a value is there, null included. */
  exists<const Path extends AnyPath<Data>>(path: Path): boolean {
    const [key, ...rest] = parsePath(path);
    const { journal } = this.#read();
    return journal.has(key) && (rest.length === 0 || holds(journal.get(key), rest));
  }

  /** Whether a value is absent or null. */
  missing<const Path extends AnyPath<Data>>(path: Path): boolean {
    return !this.has(path);
  }

  /**
   * A copy of the top level of the data, without prototype: adding a key to it changes nothing,
   * changing an object in it does.
   */
  all(): Partial<Data> {
    return this.#pick(() => true) as Partial<Data>;
  }

  /** As {@link all}, with these keys only. */
  only<Name extends Key<Data>>(keys: readonly Name[]): Partial<Pick<Data, Name>> {
    return this.#pick((key) => (keys as readonly string[]).includes(key)) as Partial<
      Pick<Data, Name>
    >;
  }

  /** As {@link all}, without these keys. */
  except<Name extends Key<Data>>(keys: readonly Name[]): Partial<Omit<Data, Name>> {
    return this.#pick((key) => !(keys as readonly string[]).includes(key)) as Partial<
      Omit<Data, Name>
    >;
  }

  /**
   * Replaces the value at a path, making the objects on the way; `undefined` removes it. Of two
   * requests that set one path the later commit wins.
   */
  set<const Path extends AnyPath<Data>>(path: Path, value: ValueAt<Data, Path> | undefined): this {
    const keys = parsePath(path);
    const { journal } = this.#write();
    const change = (): unknown => value;
    if (keys.length === 1) journal.replace(keys[0], value);
    else
      journal.apply(
        keys,
        change,
        isPrimitive(value) ? change : journal.data.replayable(value, keys.join('.')),
      );
    return this;
  }

  /**
   * Replaces the value at a path by what `change` makes of it; `undefined` removes it. After a
   * conflict `change` is called again with the value that another request stored, so no effect is
   * lost; it must not do anything else.
   */
  update<const Path extends AnyPath<Data>>(
    path: Path,
    change: (present: ValueAt<Data, Path> | undefined) => ValueAt<Data, Path> | undefined,
  ): this {
    const apply = change as (present: unknown) => unknown;
    // Not `apply` again: the handler may keep what its function got or made, and change it later.
    this.#write().journal.apply(parsePath(path), apply, (present) => apply(present));
    return this;
  }

  /** Removes the value at a path, and says whether one was there. A list closes the gap. */
  delete<const Path extends AnyPath<Data>>(path: Path): boolean {
    const keys = parsePath(path);
    const { journal } = this.#write();
    const [key, ...rest] = keys;
    const isThere = journal.has(key) && (rest.length === 0 || holds(journal.get(key), rest));
    if (rest.length === 0) journal.replace(key, undefined);
    else if (isThere) journal.apply(keys, () => undefined);
    return isThere;
  }

  /** Removes all data. The session, its user and its token stay. */
  clear(): this {
    this.#write().journal.clear();
    return this;
  }

  /** The value at a path, or the fallback, and removes it. */
  pull<const Path extends AnyPath<Data>>(path: Path): ValueAt<Data, Path> | undefined;
  pull<const Path extends AnyPath<Data>, Default>(
    path: Path,
    fallback: Fallback<Default>,
  ): Exclude<ValueAt<Data, Path>, undefined> | Default;
  pull<const Path extends AnyPath<Data>>(path: Path, fallback?: unknown): unknown {
    const value = this.get(path, fallback);
    this.delete(path);
    return value;
  }

  /**
   * Adds values to the end of the list at a path, making it when absent.
   * @throws `invalid-value` when what is there is no list.
   */
  push<const Path extends PathTo<Data, readonly unknown[]> | KeysOf<Data>>(
    path: Path,
    ...values: ElementAt<Data, Path>[]
  ): this {
    const keys = parsePath(path);
    const { journal } = this.#write();
    const isPlain = values.every(isPrimitive);
    const change = adding(keys, () => values);
    journal.apply(
      keys,
      change,
      isPlain ? change : adding(keys, journal.data.replayable(values, keys.join('.'))),
    );
    return this;
  }

  /**
   * Adds to the number at a path, 0 when absent, and returns the sum as this request sees it. Never
   * lost, however many requests add at once.
   * @throws `invalid-value` when what is there is no number.
   */
  increment<const Path extends PathTo<Data, number> | KeysOf<Data>>(path: Path, by = 1): number {
    const keys = parsePath(path);
    const change = incrementing(keys, by);
    let sum = by;
    this.#write().journal.apply(keys, (present) => {
      sum = change(present);
      return sum;
    });
    return sum;
  }

  /** As {@link increment}, downwards. */
  decrement<const Path extends PathTo<Data, number> | KeysOf<Data>>(path: Path, by = 1): number {
    return this.increment(path, -by);
  }

  /** Sets a key for this request and the next one. */
  flash<Name extends Key<Data>>(key: Name, value: Data[Name]): this {
    const [name] = parsePath([key]);
    this.#write().journal.flash(name, value);
    return this;
  }

  /** Sets a key for this request only; nothing is stored. */
  now<Name extends Key<Data>>(key: Name, value: Data[Name]): this {
    const [name] = parsePath([key]);
    this.#read().journal.pass(name, value);
    return this;
  }

  /** Carries all flash that this request sees one request further. */
  reflash(): this {
    this.#write().journal.keep();
    return this;
  }

  /** Carries the flash of these keys one request further. */
  keep<Name extends Key<Data>>(keys: readonly Name[]): this {
    this.#write().journal.keep(keys);
    return this;
  }

  /**
   * Moves the session to a new token and stores all changes with it; the old token is dead when the
   * promise resolves. `gone`: another request ended or moved the session first, and this one's
   * changes are not stored.
   * @throws `store-failed`, `store-timeout`, `conflict`; the session is then as it was, and the
   * response fails too.
   */
  regenerate(): Promise<Outcome> {
    return this.#change((commits, state) => commits.regenerate(state));
  }

  /**
   * Makes this the session of a user: a new token, both clocks started anew, all data kept. Call it
   * when the user has proved who they are, so that a token planted before is worth nothing (OWASP
   * session fixation). Errors as {@link regenerate}, and `conflict` when another request ended or
   * moved the session first: nobody is logged in then.
   */
  login(userId: string): Promise<Outcome> {
    return this.#change((commits, state) => {
      if (typeof userId === 'string' && userId !== '') return commits.regenerate(state, { userId });
      throw new SessionError(
        'invalid-value',
        'login takes the id of the user as text. Pass String(user.id).',
        { path: 'userId' },
      );
    });
  }

  /**
   * Ends the session in the store, whatever others do with it, and starts an empty one in its
   * place, which is stored only once something is set. `gone`: another request had ended it
   * already, or moved it to a token that this request does not know.
   */
  invalidate(): Promise<Outcome> {
    return this.#change(async (commits, state) => {
      await commits.destroy(state);
      state.mode = 'live';
      state.createdAt = this.#context.settings.now();
      return state.outcome;
    });
  }

  /**
   * Logs the user out: as {@link invalidate}, so that a message for the next page can still be
   * flashed.
   */
  logout(): Promise<Outcome> {
    return this.invalidate();
  }

  /**
   * Ends the session for good: its record is deleted, the cookie expires, and changes from here on
   * throw `ended`.
   */
  destroy(): Promise<Outcome> {
    return this.#change(
      async (commits, state) => {
        await commits.destroy(state);
        return state.outcome;
      },
      () => this.#endable(),
    );
  }

  /** Moves the idle deadline with this response, however young the last touch is. */
  touch(): this {
    this.#write().isTouchAsked = true;
    return this;
  }

  /**
   * Stores the changes now instead of with the response, and shows what others stored meanwhile; an
   * object that was got before may then be outdated.
   * @throws `store-failed`, `store-timeout`, `conflict`, `invalid-value`, `too-large`; the changes
   * are kept and tried again with the response.
   */
  save(): Promise<Outcome> {
    return this.#inTurn((commits, state) => commits.save(state));
  }

  /** Drops the changes of this request and reads the session again. `gone` when it has ended. */
  reload(): Promise<Outcome> {
    return this.#inTurn(async (commits, state) => {
      await commits.reload(state);
      return state.outcome;
    });
  }

  /** What may be shown and logged: never the token. */
  toJSON(): {
    id: string;
    userId: string | undefined;
    createdAt: number;
    expiresAt: number;
    data: Partial<Data>;
  } {
    const { id, userId, createdAt, expiresAt } = this;
    return { id, userId, createdAt, expiresAt, data: this.all() };
  }

  #read(): SessionState {
    this.#state.isAccessed = true;
    return this.#state;
  }

  #value([key, ...rest]: Keys): unknown {
    return valueAt(this.#read().journal.get(key), rest);
  }

  #pick(wanted: (key: string) => boolean): Record<string, unknown> {
    const { journal } = this.#read();
    const picked: Record<string, unknown> = Object.create(null);
    for (const key of journal.keys()) if (wanted(key)) picked[key] = journal.get(key);
    return picked;
  }

  #write(): SessionState {
    const state = this.#usable();
    if (state.hasResponded) {
      const { store } = this.#context.settings;
      if (
        state.held === undefined ||
        store === undefined ||
        process.env.NODE_ENV !== 'production'
      ) {
        throw new SessionError(
          'too-late',
          'The session was written after its response began. Write before, or answer later; save() works where the client has the token.',
        );
      }
      this.#context.storeLate(state);
    }
    return state;
  }

  #usable(): SessionState {
    const state = this.#endable();
    if (state.mode === 'ended') {
      throw new SessionError(
        'ended',
        'The session was destroyed and cannot be used again. Use invalidate() or logout() to go on with an empty one.',
      );
    }
    return state;
  }

  #endable(): SessionState {
    const state = this.#read();
    if (state.mode === 'stand-in') {
      throw new SessionError(
        'read-only',
        'The session could not be read, so it cannot be changed. Ask isReadOnly first, or let the request fail.',
      );
    }
    return state;
  }

  /**
   * Runs a verb that changes whose session it is. A failure also fails the response, so that one
   * nobody awaited is not lost.
   */
  #change(
    task: (commits: Commits, state: SessionState) => Promise<Outcome>,
    check = () => this.#usable(),
  ): Promise<Outcome> {
    const turn = this.#inTurn(task, check);
    this.#state.last = turn.catch((error) => {
      this.#state.failure ??= error;
    });
    return turn;
  }

  #inTurn(
    task: (commits: Commits, state: SessionState) => Promise<Outcome>,
    check = () => this.#usable(),
  ): Promise<Outcome> {
    const state = this.#read();
    const turn = (state.last ?? Promise.resolve()).then(() => task(this.#context.commits, check()));
    state.last = turn.catch(() => undefined);
    return turn;
  }
}

export { stateOf };
