import type { HeaderPair } from '../../http/transport.js';

/** Decides when a held response leaves, and with which headers. */
export interface Hold {
  /**
   * The owner of this hold. When a response has several holds of one owner, only the first is
   * asked. Default: every hold is asked.
   */
  readonly owner?: object;
  /**
   * The headers to add when there is nothing to wait for; `undefined` when {@link commit} must be
   * awaited. Called when the response begins with this status.
   */
  answerNow(status: number): readonly HeaderPair[] | undefined;
  /** Stores the session and returns the headers to add to the response of this status. */
  commit(status: number): Promise<readonly HeaderPair[]>;
  /** Changes the headers of the response, once every commit has ended. */
  release?(): void;
  /**
   * Whether the handler of the lost answer is running now. Default: all code counts that
   * {@link fail} did not start.
   */
  isHandler?(): boolean;
  /**
   * Answers instead of the handler when the commit failed. The response can be written, unless its
   * head is already sent.
   */
  fail(error: unknown): unknown;
}
