// biome-ignore lint/suspicious/noConfusingVoidType: as FortJs declares it.
type Done = void[];

/** The methods of stores of both generations, for one session, key by key. */
abstract class Verbs {
  /** The value of a key; `null` when there is no session. */
  abstract get(key: string): Promise<unknown>;
  /** Whether the key has a value that is not null. */
  abstract isExist(key: string): Promise<boolean>;
  abstract getAll(): Promise<{ [key: string]: unknown }>;
  abstract set(key: string, value: unknown): Promise<void>;
  abstract setMany(values: { [key: string]: unknown }): Promise<Done>;
  /** Makes the value null; the key stays in {@link getAll}. */
  abstract remove(key: string): Promise<void>;
  /** Ends the session. */
  abstract clear(): Promise<void>;
}

/** The store of FortJs's second generation. Extend it, or implement it as an interface. */
export abstract class ISessionStore extends Verbs {
  sessionId: string;

  /**
   * FortJs makes a store for each request. `sessionId` is undefined while the visitor has no
   * session.
   */
  constructor(sessionId: string) {
    super();
    this.sessionId = sessionId;
  }

  /** Whether anything is stored for this session. */
  abstract isAnyExist(): Promise<boolean>;
}

/** {@link ISessionStore}, in the spelling of the package `fortjs`. */
export type ISessonStore = ISessionStore;

/**
 * The store of FortJs's first generation, which also managed the cookie. Here Sojourn manages it.
 */
export abstract class SessionProvider extends Verbs {
  sessionId = '';

  /** Where FortJs makes an id and a cookie. */
  protected createSession(_sessionId?: string): void {
    // The session has an id already, and one of the provider's own would be easier to guess.
  }

  /** Where FortJs expires the cookie. */
  protected async destroySession(): Promise<void> {
    // The cookie expires with the response.
  }
}
