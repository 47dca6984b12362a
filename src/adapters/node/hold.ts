import type { HeaderPair } from '../../http/transport.js';

/** What decides when a held response leaves, and with which headers. */
export interface Hold {
  /**
   * Whose hold this is; of several with one owner on a response the first is asked. Default: each
   * is asked.
   */
  readonly owner?: object;
  /**
   * The headers to add when there is nothing to wait for; `undefined` when {@link commit} is to be
   * waited for. Asked when the response begins.
   */
  answerNow(): readonly HeaderPair[] | undefined;
  /** Stores the session and returns the headers to add. */
  commit(): Promise<readonly HeaderPair[]>;
  /** Changes headers that are there, once every commit has ended. */
  release?(): void;
  /**
   * Whether it is the handler of the lost answer that runs now. Default: all that {@link fail} did
   * not start is.
   */
  isHandler?(): boolean;
  /**
   * Answers instead of the handler when that failed. The response is free to be written, unless its
   * head was sent already.
   */
  fail(error: unknown): unknown;
}
