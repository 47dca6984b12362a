/** Turns one top-level value of the session's data into text and back. */
export interface Codec {
  /**
   * The text of `value`, which lives under the key `path`.
   * @throws `invalid-value` naming the full path of a value that cannot be stored without a change.
   */
  encode(value: unknown, path: string): string;
  /** The value of `text`, as a fresh copy. May throw any error when the text is damaged. */
  decode(text: string): unknown;
}
