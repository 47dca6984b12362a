import type { ISessionStore } from '../../bridges/fort/contract.js';
import type { DefaultData, Session } from '../../core/internal.js';

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
   * Ends the session, at once and for all its requests; the cookie expires. What is set afterwards
   * begins a new one.
   */
  async clear(): Promise<void> {
    await this.#session.invalidate();
  }
}
