import { SessionError } from '../core/errors.js';
import { type Change, type Keys, quoted } from './path.js';
import type { Snapshot } from './snapshot.js';
import { isObject } from './values.js';

/**
 * One change at a path. It applies at once to the data in hand. After a conflict it applies again,
 * to the data that another request stored.
 */
export abstract class Operation {
  readonly keys: Keys;
  /** Whether the operation calls a function of the handler. */
  readonly isHandlerCode: boolean = false;
  /**
   * Whether the handler has a reference into the result: it gave an object, or a function of its
   * own makes the result.
   */
  abstract readonly isHeldOutside: boolean;

  constructor(keys: Keys) {
    this.keys = keys;
  }

  /** Whether an absent key counts as its default. What removes a value does not make one. */
  get usesDefault(): boolean {
    return true;
  }

  /** Changes the data in hand, with the very values that the handler gave. */
  abstract now(present: unknown): unknown;

  /** Changes other data in the same way, with the values as they were when the verb was called. */
  abstract replay(present: unknown): unknown;

  /** Makes the result of `now` once more, to compare it with what the handler made of it since. */
  repeat(present: unknown): unknown {
    return this.replay(present);
  }

  /** This operation before it was applied. */
  anew(): Operation {
    return this;
  }
}

/** What keeps a value as it is now. Errors name the path. */
interface Keeper {
  snapshot<Value>(value: Value, path: string): Snapshot<Value>;
}

/** As a {@link Keeper}; it may refuse, when it kept too much already. */
interface Rememberer {
  remember(value: object, keys: Keys): Snapshot | undefined;
}

/** Puts a value in place of another; `undefined` removes it. */
export class Setting extends Operation {
  readonly #value: unknown;
  readonly #given: Snapshot | undefined;

  constructor(keys: Keys, value: unknown, data: Keeper) {
    super(keys);
    this.#value = value;
    this.#given = isObject(value) ? data.snapshot(value, keys.join('.')) : undefined;
  }

  get isHeldOutside(): boolean {
    return this.#given !== undefined;
  }

  override get usesDefault(): boolean {
    return this.#value !== undefined;
  }

  now(): unknown {
    return this.#value;
  }

  replay(): unknown {
    return this.#given === undefined ? this.#value : this.#given.copy();
  }
}

/** Adds values to the end of a list, and makes the list when it is absent. */
export class Adding extends Operation {
  readonly #values: readonly unknown[];
  readonly #given: Snapshot<readonly unknown[]> | undefined;

  constructor(keys: Keys, values: readonly unknown[], data: Keeper) {
    super(keys);
    this.#values = values;
    this.#given = values.some(isObject) ? data.snapshot(values, keys.join('.')) : undefined;
  }

  get isHeldOutside(): boolean {
    return this.#given !== undefined;
  }

  now(present: unknown): unknown[] {
    return this.#append(present, this.#values);
  }

  replay(present: unknown): unknown[] {
    return this.#append(present, this.#given?.copy() ?? this.#values);
  }

  #append(present: unknown, values: readonly unknown[]): unknown[] {
    const list = present ?? [];
    if (!Array.isArray(list)) throw wrongType(this.keys, 'a list', 'push');
    // One by one: the arguments of a call have a limit, the values of a client have none.
    for (const value of values) list.push(value);
    return list;
  }
}

/** Adds to a number, 0 when absent. */
export class Incrementing extends Operation {
  readonly isHeldOutside = false;
  readonly #by: number;

  /** @throws `invalid-value` when `by` is not a finite number. */
  constructor(keys: Keys, by: number) {
    super(keys);
    if (!Number.isFinite(by))
      throw wrongType(keys, 'to be changed by a finite number', 'increment');
    this.#by = by;
  }

  now(present: unknown = 0): number {
    if (typeof present !== 'number') throw wrongType(this.keys, 'a number', 'increment');
    return present + this.#by;
  }

  replay(present: unknown): number {
    return this.now(present);
  }
}

/** Removes a value, and knows the one that it removed in the end. */
export class Taking extends Operation {
  readonly isHeldOutside = false;
  taken: unknown;

  override get usesDefault(): boolean {
    return false;
  }

  now(present: unknown): undefined {
    this.taken = present;
    return undefined;
  }

  replay(present: unknown): undefined {
    return this.now(present);
  }

  override repeat(): undefined {
    return undefined;
  }
}

/** Puts in place of a value what a function of the handler makes of it. */
export class Updating extends Operation {
  override readonly isHandlerCode = true;
  readonly isHeldOutside = true;
  readonly #change: Change;
  readonly #journal: Rememberer;
  /**
   * The result. A function may make something else each time, such as a random id, so calling it
   * again would not make the result once more.
   */
  #made: { copy(): unknown } | undefined;

  constructor(keys: Keys, change: Change, journal: Rememberer) {
    super(keys);
    this.#change = change;
    this.#journal = journal;
  }

  now(present: unknown): unknown {
    const made = this.#call(present);
    this.#made = isObject(made) ? this.#journal.remember(made, this.keys) : { copy: () => made };
    return made;
  }

  replay(present: unknown): unknown {
    return this.now(present);
  }

  override repeat(present: unknown): unknown {
    return this.#made === undefined ? this.#call(present) : this.#made.copy();
  }

  override anew(): Operation {
    return new Updating(this.keys, this.#change, this.#journal);
  }

  #call(present: unknown): unknown {
    const made = this.#change(present);
    if (!isPromise(made)) return made;
    // The error below says what is wrong. A rejection that nobody handles would end the process.
    made.then(undefined, () => undefined);
    throw invalidValue(
      this.keys,
      'cannot be updated by a function that returns a promise. Await the value first.',
    );
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof (value as Partial<PromiseLike<unknown>>).then === 'function';
}

function wrongType(keys: Keys, wanted: string, verb: string): SessionError {
  return invalidValue(
    keys,
    `is not ${wanted}, so ${verb} cannot work. Set it first, or use update.`,
  );
}

function invalidValue(keys: Keys, what: string): SessionError {
  const path = keys.join('.');
  return new SessionError('invalid-value', `${quoted(path)} ${what}`, { path });
}
