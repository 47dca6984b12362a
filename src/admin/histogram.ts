/** Each bucket ends a tenth above the one before, so a quantile is at most a tenth too high. */
const GROWTH = 1.1;
/** The end of the first bucket, in milliseconds. */
const FIRST = 0.01;
const BUCKETS = 170;

/** How durations are spread, in a fixed amount of memory. */
export class Histogram {
  count = 0;
  readonly #buckets = new Uint32Array(BUCKETS);

  add(milliseconds: number): void {
    const bucket = Math.ceil(Math.log(Math.max(milliseconds, FIRST) / FIRST) / Math.log(GROWTH));
    const index = Math.min(bucket, BUCKETS - 1);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.count++;
  }

  /** The duration in milliseconds that this share stayed within; `undefined` when there is none. */
  quantile(share: number): number | undefined {
    if (this.count === 0) return undefined;
    const wanted = Math.ceil(share * this.count);
    let seen = 0;
    for (const [index, count] of this.#buckets.entries()) {
      seen += count;
      if (seen >= wanted) return Number((FIRST * GROWTH ** index).toPrecision(3));
    }
    return undefined;
  }
}
