type Awaitable<Value> = Value | Promise<Value>;
/** The possible answers of a method without a result. */
// biome-ignore lint/suspicious/noConfusingVoidType: a method without `return`, as the documentation of OstroJS shows them.
type Nothing = void | null | undefined;

/**
 * The six methods of a session driver in the documentation of OstroJS, which are those of PHP's
 * `SessionHandlerInterface`.
 */
export interface SessionHandler {
  /** Called once, before anything else. */
  open?(savePath: string, sessionName: string): Awaitable<boolean | Nothing>;
  /** Called when the sessions are closed. */
  close?(): Awaitable<boolean | Nothing>;
  /** The text that was written for this id; `''`, null or undefined when there is none. */
  read(sessionId: string): Awaitable<string | Nothing>;
  /** Stores the text, over an earlier one if there is any. `false` means that it failed. */
  write(sessionId: string, data: string): Awaitable<boolean | Nothing>;
  destroy(sessionId: string): Awaitable<boolean | Nothing>;
  /**
   * Deletes texts that were not written for this many seconds, and may return how many. A backend
   * that deletes old texts by itself does not need it.
   */
  gc?(lifetime: number): Awaitable<number | boolean | Nothing>;
}

/** The base of the classes in the documentation of OstroJS. A handler needs only the methods. */
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
