import { integerPages, type Pages } from './pages.js';

const NONE = 0;
/** Drawn with the first key: some platforms allow no randomness before the first request. */
let seed: number | undefined;

/** Differs from process to process, so that nobody can prepare keys that fall into one bucket. */
function hash(key: string): number {
  seed ??= Math.floor(Math.random() * 2 ** 32);
  let result = seed;
  for (let index = 0; index < key.length; index++) {
    result = Math.imul(result ^ key.charCodeAt(index), 0x01000193);
    result ^= result >>> 15;
  }
  return result;
}

/**
 * Finds slots by a unique text that is kept elsewhere. Slot 0 means none.
 *
 * Linear hashing: each added slot splits one bucket at most, so growing never pauses the process as
 * a `Map` of a million entries does, and a slot costs 8 bytes instead of 30 to 60.
 */
export class SlotIndex {
  readonly #keyOf: (slot: number) => string;
  readonly #first: Pages<number> = integerPages();
  readonly #next: Pages<number> = integerPages();
  #size = 0;
  #buckets = 1;
  /** The largest power of two that is not above the number of buckets. */
  #level = 1;

  constructor(keyOf: (slot: number) => string) {
    this.#keyOf = keyOf;
  }

  find(key: string): number {
    let slot = this.#first.get(this.#bucket(key));
    while (slot !== NONE && this.#keyOf(slot) !== key) slot = this.#next.get(slot);
    return slot;
  }

  /** Adds a slot whose key is not in the index yet. */
  add(slot: number): void {
    this.#place(slot);
    this.#size++;
    if (this.#size > this.#buckets) this.#split();
  }

  /** Removes a slot that is in the index. */
  remove(slot: number): void {
    const bucket = this.#bucket(this.#keyOf(slot));
    let before = NONE;
    for (let at = this.#first.get(bucket); at !== slot; at = this.#next.get(at)) before = at;
    const after = this.#next.get(slot);
    if (before === NONE) this.#first.set(bucket, after);
    else this.#next.set(before, after);
    this.#size--;
  }

  #bucket(key: string): number {
    const hashed = hash(key);
    const bucket = hashed & (2 * this.#level - 1);
    return bucket < this.#buckets ? bucket : hashed & (this.#level - 1);
  }

  #place(slot: number): void {
    const bucket = this.#bucket(this.#keyOf(slot));
    this.#next.set(slot, this.#first.get(bucket));
    this.#first.set(bucket, slot);
  }

  #split(): void {
    const bucket = this.#buckets - this.#level;
    this.#buckets++;
    if (this.#buckets === 2 * this.#level) this.#level = this.#buckets;
    let slot = this.#first.get(bucket);
    this.#first.set(bucket, NONE);
    while (slot !== NONE) {
      const next = this.#next.get(slot);
      this.#place(slot);
      slot = next;
    }
  }
}
