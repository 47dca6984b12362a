import type { ISessionStore } from '../../bridges/fort/contract.js';
import type { DefaultData, LoginOptions, Outcome, Session } from '../../core/internal.js';

type Key<Data> = keyof Data & string;
type Plain = Session<Record<string, unknown>>;

/**
 * `this.session` of FortJs over a session of Sojourn: `new FortSession(request.session)`. What is
 * set is seen at once in this request and stored with the response; nothing is stored, and no
 * cookie sent, before the first `set`. Keys are taken literally, dots included.
 */
export class FortSession<Data extends object = DefaultData> implements ISessionStore {
  readonly #session: Plain;

  constructor(session: Session<Data>) {
    this.#session = session as unknown as Plain;
  }

  /**
   * The id of the session, which is not the cookie's value: safe to log. A new session's is final
   * once it is stored.
   */
  get sessionId(): string {
    return this.#session.id;
  }

  /** The value of a key: `null` after `remove`, and for every key while there is no session. */
  async get<Name extends Key<Data>>(key: Name): Promise<Data[Name] | null | undefined> {
    if (!(await this.isAnyExist())) return null;
    return this.#session.get([key]) as Data[Name] | undefined;
  }

  async isExist(key: Key<Data>): Promise<boolean> {
    return this.#session.has([key]);
  }

  async isAnyExist(): Promise<boolean> {
    return Object.keys(this.#session.all()).length > 0;
  }

  /** All keys with their values, those that were removed with null. */
  async getAll(): Promise<{ [Name in Key<Data>]?: Data[Name] | null }> {
    return { ...this.#session.all() } as { [Name in Key<Data>]?: Data[Name] };
  }

  async set<Name extends Key<Data>>(key: Name, value: Data[Name]): Promise<void> {
    this.#session.set([key as string], value);
  }

  async setMany(values: { readonly [Name in Key<Data>]?: Data[Name] }): Promise<undefined[]> {
    const entries = Object.entries(values);
    for (const [key, value] of entries) this.#session.set([key], value);
    return entries.map(() => undefined);
  }

  async remove(key: Key<Data>): Promise<void> {
    if (this.#session.exists([key])) this.#session.set([key as string], null);
  }

  /**
   * Makes this the session of a user. Call it when the user has proved who they are: the session
   * moves to a new cookie, and one that somebody planted in the browser before is dead (session
   * fixation). FortJs has no such verb. The time of the session starts anew. The data of an
   * anonymous visitor are kept, those of another user are dropped; `keep` decides otherwise. `set`
   * what you know of the user afterwards.
   * @throws `invalid-value` for a user id that is not a text of 1 to 200 characters;
   * `invalid-option`, `session-limit`, `too-late`, `store-failed`, `store-timeout`, `conflict`.
   */
  login(userId: string, options?: LoginOptions): Promise<Outcome> {
    return this.#session.login(userId, options);
  }

  /** The user that {@link login} named. */
  get userId(): string | undefined {
    return this.#session.userId;
  }

  /**
   * Moves the session to a new cookie, with all its data; the old one is dead when the promise
   * resolves. Call it when the rights of the visitor change. `gone`: another request ended or moved
   * the session first.
   * @throws as {@link login}.
   */
  regenerate(): Promise<Outcome> {
    return this.#session.regenerate();
  }

  /**
   * Ends the session, at once and for all its requests; the cookie expires. What is set afterwards
   * begins a new one.
   */
  async clear(): Promise<void> {
    await this.#session.invalidate();
  }
}
