import { type SessionRequest, verbsOf } from '../../bridges/connect/session.js';
import { SessionError } from '../../core/errors.js';
import {
  Adding,
  type AnyPath,
  type ElementAt,
  Incrementing,
  type KeysOf,
  type Operation,
  type PathTo,
  parsePath,
  Setting,
  Updating,
  type ValueAt,
  valueAt,
} from '../../core/internal.js';
import { keeper } from './operations.js';
import { Visit } from './visit.js';

/** The property that keeps flash: its values by their key. */
const FLASH = '__flash';
/** Of functions that `update` calls: what they make is not kept, so they are called again. */
const FORGETFUL = { remember: () => undefined };

type Values = Record<string, unknown>;
type NumberPath<Data> = PathTo<Data, number> | KeysOf<Data>;
type ListPath<Data> = PathTo<Data, readonly unknown[]> | KeysOf<Data>;

/**
 * Methods of Sojourn's own sessions for the session of a request. Their changes are on
 * `req.session` at once. When another request stored a change of the same key first, they are
 * applied to the new value, so no change is lost.
 */
export class NativeVerbs<Data extends object> {
  readonly #request: SessionRequest;
  readonly #visit: Visit;
  /** Keys that this request flashed: they are for the next one too. */
  readonly #flashed = new Set<string>();

  constructor(request: SessionRequest, visit: Visit) {
    this.#request = request;
    this.#visit = visit;
  }

  /** The user that {@link login} named, from `req.session.userId`. */
  get userId(): string | undefined {
    const { userId } = this.#values;
    return typeof userId === 'string' ? userId : undefined;
  }

  /** The value at a path. Reading a flash message of an earlier request removes it. */
  get<const Path extends AnyPath<Data>>(path: Path): ValueAt<Data, Path> | undefined;
  get(path: string | readonly string[]): unknown {
    const keys = parsePath(path);
    const [key] = keys;
    const flash = valueAt(this.#values[FLASH], [key]);
    if (flash === undefined) return valueAt(this.#values, keys);
    if (!this.#flashed.has(key)) this.#apply(new Updating([FLASH], without(key), FORGETFUL));
    return valueAt(flash, keys, 1);
  }

  /**
   * Whether there is a value at a path, and it is not null. Asking does not end a flash message.
   */
  has<const Path extends AnyPath<Data>>(path: Path): boolean {
    const keys = parsePath(path);
    const flash = valueAt(this.#values[FLASH], keys);
    return (flash ?? valueAt(this.#values, keys) ?? null) !== null;
  }

  /**
   * Sets the value at a path, and creates missing objects along the path. `undefined` removes the
   * value.
   */
  set<const Path extends AnyPath<Data>>(path: Path, value: ValueAt<Data, Path> | undefined): this {
    return this.#apply(new Setting(parsePath(path), value, keeper));
  }

  /** Replaces the value at a path with the result of `change`, which must have no side effects. */
  update<const Path extends AnyPath<Data>>(
    path: Path,
    change: (present: ValueAt<Data, Path> | undefined) => ValueAt<Data, Path> | undefined,
  ): this {
    return this.#apply(
      new Updating(parsePath(path), change as (value: unknown) => unknown, FORGETFUL),
    );
  }

  /** Removes the value at a path. */
  delete<const Path extends AnyPath<Data>>(path: Path): this {
    return this.#apply(new Setting(parsePath(path), undefined, keeper));
  }

  /**
   * Adds values to the end of the list at a path, and creates the list when there is none.
   * @throws `invalid-value` when the value at the path is not a list.
   */
  push<const Path extends ListPath<Data>>(path: Path, ...values: ElementAt<Data, Path>[]): this {
    return this.#apply(new Adding(parsePath(path), values, keeper));
  }

  /**
   * Adds `by` to the number at a path, which counts as 0 when absent. Returns the sum as this
   * request sees it.
   * @throws `invalid-value` when the value at the path is not a number.
   */
  increment<const Path extends NumberPath<Data>>(path: Path, by = 1): number {
    const keys = parsePath(path);
    this.#apply(new Incrementing(keys, by));
    return valueAt(this.#values, keys) as number;
  }

  /** Like {@link increment}, but subtracts. */
  decrement<const Path extends NumberPath<Data>>(path: Path, by = 1): number {
    return this.increment(path, -by);
  }

  /** Sets a key for this request and for the next one that reads it with {@link get}. */
  flash<Name extends keyof Data & string>(key: Name, value: Data[Name]): this {
    const [name] = parsePath([key]);
    this.#flashed.add(name);
    return this.#apply(new Setting([FLASH, name], value, keeper));
  }

  /**
   * Gives the session a new id and a user. The data of an anonymous visitor or of the same user is
   * kept; the data of another user is dropped.
   */
  async login(userId: string): Promise<void> {
    if (typeof userId !== 'string' || userId === '')
      throw new SessionError(
        'invalid-value',
        'The user id is not a text. Give the id as a string.',
      );
    const isOther = this.userId !== undefined && this.userId !== userId;
    const { cookie: _, ...data } = this.#values;
    await this.#visit.regenerate();
    Object.assign(this.#values, isOther ? {} : data, { userId });
  }

  /**
   * Ends the session, and puts an empty one on `req.session`, so you can flash a message for the
   * next page.
   */
  async logout(): Promise<void> {
    await this.#visit.logout();
  }

  get #values(): Values {
    const { session } = this.#request;
    if (typeof session === 'object' && session !== null) return session as Values;
    throw new SessionError('ended', 'The session was destroyed, and cannot be used again.');
  }

  #apply(operation: Operation): this {
    this.#visit.operations.apply(this.#values as never, operation);
    return this;
  }
}

/** The list of flash without a key; `undefined` when it was the last key. */
function without(key: string): (flash: unknown) => unknown {
  return (flash) => {
    const { [key]: _, ...others } = Object(flash) as Values;
    return Object.keys(others).length > 0 ? others : undefined;
  };
}

/**
 * The methods for a request.
 * @throws `no-session` when the middleware gave the request no session.
 */
export function nativeVerbs<Data extends object>(request: object): NativeVerbs<Data> {
  const visit = verbsOf(request);
  if (visit instanceof Visit) {
    visit.native ??= new NativeVerbs(request as SessionRequest, visit);
    return visit.native as NativeVerbs<Data>;
  }
  throw new SessionError(
    'no-session',
    'The request has no session of sojourn/express-session. Put the middleware in front.',
  );
}
