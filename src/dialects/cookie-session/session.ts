import { jsonText } from '../answers/cookie-text.js';

/** Called at the end of a method, with the error if there was one. */
export type Callback = (error?: unknown) => void;

/** What the session needs of the request that it belongs to. */
export interface Visit {
  /** @throws when the session cannot be sent as it is now. */
  save(): void;
  /** @throws `too-late` once the response has begun. */
  regenerate(): void;
}

/** Names of the session's own properties: data under them is left out, as in the original. */
const RESERVED: ReadonlySet<string> = new Set(['isNew', 'isChanged', 'isPopulated', '__proto__']);

/**
 * The object on `req.session`: data as plain properties, and the properties below. A session that
 * was read also has the methods `save` and `regenerate`. Each takes a callback, or returns a
 * promise.
 */
export interface CookieSessionObject {
  /** Whether the request came without a session. */
  readonly isNew?: boolean | undefined;
  /**
   * Whether the data, at any depth, differs from the data in the request's cookie; `true` for a new
   * session.
   */
  readonly isChanged?: boolean | undefined;
  /** Whether there is any data. */
  readonly isPopulated?: boolean | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the data is the app's own, and the types of the original have it so.
  [key: string]: any;
}

/** The session that the middleware puts on a request. */
export class CookieSession implements CookieSessionObject {
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  [key: string]: any;
  readonly #visit: Visit;
  /** The content of the request's cookie; `undefined` for a new session. */
  readonly #received: string | undefined;

  constructor(visit: Visit, data: unknown = {}, received?: string) {
    this.#visit = visit;
    this.#received = received;
    for (const key in Object(data))
      if (!RESERVED.has(key)) this[key] = (data as Record<string, unknown>)[key];
  }

  get isNew(): boolean {
    return this.#received === undefined;
  }

  get isChanged(): boolean {
    return this.#received !== encode(this);
  }

  get isPopulated(): boolean {
    return Object.keys(this).length > 0;
  }

  /**
   * Checks that the session can be sent, for libraries such as passport that call it. The cookie
   * leaves with the response, so there is nothing to wait for.
   * @throws `too-large`, `invalid-value`, or `too-late` once the response has begun.
   */
  save(): Promise<void>;
  save(callback: Callback): void;
  save(callback?: Callback): Promise<void> | void {
    return settle(() => this.#visit.save(), callback);
  }

  /**
   * Replaces this session with a new, empty one. The browser deletes the old cookie, but a copy of
   * it stays valid, since the server keeps no list of sessions.
   * @throws `too-late` once the response has begun.
   */
  regenerate(): Promise<void>;
  regenerate(callback: Callback): void;
  regenerate(callback?: Callback): Promise<void> | void {
    return settle(() => this.#visit.regenerate(), callback);
  }
}

async function settle(task: () => void, callback: Callback | undefined): Promise<void> {
  try {
    task();
    if (callback) process.nextTick(callback);
  } catch (error) {
    if (!callback) throw error;
    process.nextTick(callback, error);
  }
}

/**
 * The session as the value of its cookie: base64 of JSON.
 * @throws `invalid-value` for data that JSON cannot hold.
 */
export function encode(session: CookieSession): string {
  return Buffer.from(jsonText(session)).toString('base64');
}

/** The session in a cookie's value; `undefined` when there is none. */
export function decode(value: string, visit: Visit): CookieSession | undefined {
  try {
    return new CookieSession(
      visit,
      JSON.parse(Buffer.from(value, 'base64').toString('utf8')),
      value,
    );
  } catch {
    return undefined;
  }
}
