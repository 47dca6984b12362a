/**
 * News of a session, for other processes. `ended`: the session is over. `moved`: it got a new
 * token, and `id` is its old id. `changed`: its record was written.
 */
export interface Notice {
  readonly kind: 'ended' | 'moved' | 'changed';
  readonly id: string;
  /** Missing where only the id was known. */
  readonly handle: string | undefined;
}

/** What {@link Notices.subscribe} calls. An error that it throws becomes a warning. */
export type NoticeListener = (notice: Notice) => unknown;

/**
 * A channel between processes. A notice arrives once or not at all, so nothing may rely on it: a
 * listener looks at the store, and looks there from time to time without a notice too. A process
 * needs one object of this kind for each `createSessions`.
 */
export interface Notices {
  /**
   * Sends a notice to the listeners of all other objects on the channel, never to those of this
   * one. Rejects when the channel cannot be reached; nothing is sent later.
   */
  publish(notice: Notice): Promise<void>;
  /**
   * Calls `listener` with the notices of others, from when the promise resolves until the function
   * that it gives is called. A connection that is lost comes back by itself; notices of the
   * meantime are lost. Rejects when the channel cannot be reached at first.
   */
  subscribe(listener: NoticeListener): Promise<() => Promise<void>>;
}
