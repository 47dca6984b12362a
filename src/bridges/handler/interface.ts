type Awaitable<Value> = Value | Promise<Value>;
/** What a method that has nothing to say may answer. */
// biome-ignore lint/suspicious/noConfusingVoidType: a method without `return`, as the documentation of OstroJS shows them.
type Nothing = void | null | undefined;

/**
 * The six methods of a session driver, as OstroJS documents them; PHP's `SessionHandlerInterface`.
 */
export interface SessionHandler {
  /** Called once, before anything else. */
  open?(savePath: string, sessionName: string): Awaitable<boolean | Nothing>;
  /** Called when the sessions are closed. */
  close?(): Awaitable<boolean | Nothing>;
  /** The text that was written for this id; nothing or `''` when there is none. */
  read(sessionId: string): Awaitable<string | Nothing>;
  /** Keeps the text, whether there was one before or not; `false` means that it failed. */
  write(sessionId: string, data: string): Awaitable<boolean | Nothing>;
  destroy(sessionId: string): Awaitable<boolean | Nothing>;
  /**
   * Deletes what was not written for this many seconds; may return how many. A backend that forgets
   * by itself needs none.
   */
  gc?(lifetime: number): Awaitable<number | boolean | Nothing>;
}

/** What the classes in the documentation of OstroJS extend. A handler needs only the methods. */
export abstract class SessionHandlerInterface implements SessionHandler {
  open(_savePath: string, _sessionName: string): Awaitable<boolean | Nothing> {
    return true;
  }

  close(): Awaitable<boolean | Nothing> {
    return true;
  }

  abstract read(sessionId: string): Awaitable<string | Nothing>;
  abstract write(sessionId: string, data: string): Awaitable<boolean | Nothing>;
  abstract destroy(sessionId: string): Awaitable<boolean | Nothing>;

  gc(_lifetime: number): Awaitable<number | boolean | Nothing> {
    return 0;
  }
}
