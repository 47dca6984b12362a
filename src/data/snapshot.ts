import type { Codec } from '../codecs/codec.js';

/** A value as it was at one time, kept as text. */
export class Snapshot<Value = unknown> {
  readonly #codec: Codec;
  readonly #text: string;

  constructor(codec: Codec, text: string) {
    this.#codec = codec;
    this.#text = text;
  }

  /** How many characters the text has. */
  get length(): number {
    return this.#text.length;
  }

  copy(): Value {
    return this.#codec.decode(this.#text) as Value;
  }
}
