import { SessionError } from '../../core/errors.js';

/** The session that a simpleS store keeps: a map that becomes a plain object in JSON. */
export interface SimplesEntries extends Map<string, unknown> {
  readonly id: string;
  /** In milliseconds. */
  readonly timeout: number;
  toJSON(): { [key: string]: unknown };
}

/** {@link SimplesEntries} as a class, for stores that are not called by simpleS. */
export class Entries extends Map<string, unknown> implements SimplesEntries {
  readonly id: string;
  readonly timeout: number;

  constructor(id: string, timeout: number, entries: Iterable<readonly [string, unknown]>) {
    super(entries);
    this.id = id;
    this.timeout = timeout;
  }

  toJSON(): { [key: string]: unknown } {
    return Object.fromEntries(this);
  }
}

/** The four functions of a store, which simpleS calls the implementation. */
export interface SimplesImplementation {
  /** Resolves with the entries as an object (or a map), or with null when there are none. */
  get(id: string): Promise<object | null | undefined>;
  /** `timeout` in milliseconds, as in {@link update}. */
  set(id: string, session: SimplesEntries, timeout: number): Promise<unknown>;
  remove(id: string): Promise<unknown>;
  /** Moves the end of an existing session. Optional. */
  update?(id: string, timeout: number): Promise<unknown>;
}

/** A simpleS store, like the result of `simples.store()`. */
export type SimplesStore = Required<SimplesImplementation>;

/**
 * A store for `router.session()`. `get` resolves with an object or null. The types of simpleS say
 * otherwise, and `never` fits them.
 */
export interface RouterStore {
  get(id: string): Promise<never>;
  set(id: string, session: object, timeout: number): Promise<void>;
  remove(id: string): Promise<void>;
  update(id: string, timeout: number): Promise<void>;
}

type Method = keyof SimplesImplementation;

/**
 * The implementation with its rules enforced: a method that is absent or does not return a promise
 * rejects instead of going on as if all were well.
 */
export function enforced(implementation: SimplesImplementation): SimplesStore {
  return {
    get: (id) => attempt(implementation, 'get', (store) => store.get(id)),
    set: (id, session, timeout) =>
      attempt(implementation, 'set', (store) => store.set(id, session, timeout)),
    remove: (id) => attempt(implementation, 'remove', (store) => store.remove(id)),
    update: async (id, timeout) => {
      if (implementation?.update !== undefined)
        await attempt(implementation, 'update', (store) => store.update(id, timeout));
    },
  };
}

async function attempt<Result>(
  implementation: SimplesImplementation,
  method: Method,
  call: (store: SimplesStore) => Promise<Result>,
): Promise<Result> {
  if (typeof implementation?.[method] !== 'function') {
    throw new SessionError(
      'invalid-option',
      `Not implemented: the store has no ${method}. Give it get, set and remove; update is optional.`,
    );
  }
  const result = call(implementation as SimplesStore);
  if (typeof result?.then !== 'function') {
    throw new SessionError(
      'store-failed',
      `No promise result: ${method} of the store did not return a promise. Make it async, or return its promise.`,
    );
  }
  return result;
}
