import { integerPages, type Pages } from './pages.js';

/**
 * Circular lists of slots. Each slot is in one ring at a time; joining, leaving and moving cost the
 * same however long the ring is.
 */
export class Rings {
  readonly #next: Pages<number> = integerPages();
  readonly #previous: Pages<number> = integerPages();

  /** Starts a ring of one. */
  start(slot: number): void {
    this.#next.set(slot, slot);
    this.#previous.set(slot, slot);
  }

  next(slot: number): number {
    return this.#next.get(slot);
  }

  /**
   * Puts `slot`, which is in no ring, before `other`: at the end of the ring that `other` begins.
   */
  joinBefore(slot: number, other: number): void {
    const previous = this.#previous.get(other);
    this.#next.set(previous, slot);
    this.#previous.set(slot, previous);
    this.#next.set(slot, other);
    this.#previous.set(other, slot);
  }

  leave(slot: number): void {
    const previous = this.#previous.get(slot);
    const next = this.#next.get(slot);
    this.#next.set(previous, next);
    this.#previous.set(next, previous);
  }
}
