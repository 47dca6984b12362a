/** Turns one top-level value of the session's data into text and back. */
export interface Codec {
  /**
   * The text of `value`, which lives under the key `path`.
   * @throws `invalid-value` naming the full path of what cannot be kept as it is.
   */
  encode(value: unknown, path: string): string;
  /**
   * The value that `text` was made from, as a fresh copy. Throws anything when the text is damaged.
   */
  decode(text: string): unknown;
}
