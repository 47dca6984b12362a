import type { SimplesEntries, SimplesStore } from '../../bridges/simples/contract.js';
import type { Session } from '../../core/internal.js';
import type { SessionStore } from '../../stores/contract.js';

/** What a {@link SimplesSession} says of the sessions it belongs to. */
export interface SimplesSettings {
  readonly store: SessionStore | SimplesStore;
  /** In milliseconds. */
  readonly timeout: number;
}

/**
 * `connection.session` of simpleS over a session of Sojourn: a map of this visitor's data. What is
 * set is seen at once in this connection and stored with the response; nothing is stored, and no
 * cookie sent, before something is set. Keys are texts, taken literally, dots included.
 */
export class SimplesSession extends Map<string, unknown> implements SimplesEntries {
  readonly #session: Session<Record<string, unknown>>;
  /** Where the sessions are kept. */
  readonly store: SessionStore | SimplesStore;
  /** How long the session lives without being used, in milliseconds. */
  readonly timeout: number;

  constructor(session: Session<Record<string, unknown>>, { store, timeout }: SimplesSettings) {
    super();
    this.#session = session;
    this.store = store;
    this.timeout = timeout;
    this.#fill();
  }

  /**
   * The id of the session, which is not the cookie's value: safe to log. A new session's is final
   * once it is stored.
   */
  get id(): string {
    return this.#session.id;
  }

  /** When the session ends if it is not used again, in epoch milliseconds. */
  get expiration(): number {
    return this.#session.expiresAt;
  }

  /** Whether something changed that is not stored yet, inside of values too. */
  get changed(): boolean {
    return this.#session.isChanged;
  }

  /** `true` moves the end of the session with this response. Changes are noticed by themselves. */
  set changed(isChanged: boolean) {
    if (isChanged) this.#session.touch();
  }

  /** Sets a key. One that is not a text is ignored. */
  override set(key: string, value: unknown): this {
    if (typeof key !== 'string') return this;
    this.#session.set([key], value);
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    const isThere = super.delete(key);
    if (isThere) this.#session.delete([key]);
    return isThere;
  }

  override clear(): void {
    if (this.size > 0) this.#session.clear();
    super.clear();
  }

  /** Drops the changes of this connection and reads the session again. */
  async load(): Promise<this> {
    await this.#session.reload();
    return this.#fill();
  }

  /**
   * Stores the changes now instead of with the response, and shows what others stored meanwhile.
   */
  async save(): Promise<this> {
    await this.#session.save();
    return this.#fill();
  }

  /**
   * Ends the session, at once and for all its connections; the cookie expires. What is set
   * afterwards begins a new one.
   */
  async destroy(): Promise<void> {
    await this.#session.invalidate();
    super.clear();
  }

  /**
   * Moves the session to a new id, with all its data; the old one is dead. Call it when a user logs
   * in.
   */
  async generate(): Promise<this> {
    await this.#session.regenerate();
    return this.#fill();
  }

  /** Moves the end of the session now. Changes are stored along with it. */
  update(): Promise<this> {
    this.#session.touch();
    return this.save();
  }

  /** The data as a plain object. */
  toJSON(): { [key: string]: unknown } {
    return Object.fromEntries(this);
  }

  #fill(): this {
    super.clear();
    for (const [key, value] of Object.entries(this.#session.all())) super.set(key, value);
    return this;
  }
}
