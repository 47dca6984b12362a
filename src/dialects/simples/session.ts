import type { SimplesEntries, SimplesStore } from '../../bridges/simples/contract.js';
import type { Session } from '../../core/internal.js';
import type { SessionStore } from '../../stores/contract.js';

/** Facts that every {@link SimplesSession} has from its sessions. */
export interface SimplesSettings {
  readonly store: SessionStore | SimplesStore;
  /** In milliseconds. */
  readonly timeout: number;
}

/**
 * `connection.session` of simpleS on top of a Sojourn session: a map of this visitor's data. This
 * connection sees changes at once; the response stores them. Before you set a key, nothing is
 * stored and no cookie is sent. Keys are texts, and a dot in a key has no special meaning.
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
   * The id of the session, safe to log: it is not the cookie's value. The id of a new session is
   * final once the session is stored.
   */
  get id(): string {
    return this.#session.id;
  }

  /** When the session ends unless it is used again, in epoch milliseconds. */
  get expiration(): number {
    return this.#session.expiresAt;
  }

  /** Whether there are changes that are not stored yet, inside values too. */
  get changed(): boolean {
    return this.#session.isChanged;
  }

  /**
   * Set it to `true` to move the end of the session with this response. Changes are noticed without
   * it.
   */
  set changed(isChanged: boolean) {
    if (isChanged) this.#session.touch();
  }

  /** Sets a key. A key that is not a text is ignored. */
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
   * Stores the changes now instead of with the response. Then the session also shows the changes of
   * other requests.
   */
  async save(): Promise<this> {
    await this.#session.save();
    return this.#fill();
  }

  /**
   * Ends the session at once, for all its connections, and deletes the cookie. A key that you set
   * afterwards begins a new session.
   */
  async destroy(): Promise<void> {
    await this.#session.invalidate();
    super.clear();
  }

  /**
   * Gives the session a new id and keeps all data; the old id no longer works. Call it when a user
   * logs in.
   */
  async generate(): Promise<this> {
    await this.#session.regenerate();
    return this.#fill();
  }

  /** Moves the end of the session now, and stores the changes too. */
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
