/** What rounding may take from one place, in places. */
const TOLERANCE = 1e-6;

/** What is left of a budget, as counted at an instant. */
export interface Balance {
  readonly left: number;
  readonly at: number;
}

/**
 * A budget of `max` at once, which fills up again evenly within `per` milliseconds (a token
 * bucket).
 */
export class Budget {
  readonly #max: number;
  readonly #interval: number;

  constructor(max: number, per: number) {
    this.#max = max;
    this.#interval = per / max;
  }

  /** The balance now. A clock that was set back adds nothing. */
  balance(last: Balance | undefined, now: number): Balance {
    if (last === undefined) return { left: this.#max, at: now };
    const refilled = Math.max(now - last.at, 0) / this.#interval;
    return { left: Math.min(last.left + refilled, this.#max), at: now };
  }

  /** How many milliseconds until one more may be taken; 0 for none. */
  wait({ left }: Balance): number {
    return left >= 1 - TOLERANCE ? 0 : Math.ceil((1 - left) * this.#interval);
  }
}

export function spend({ left, at }: Balance): Balance {
  return { left: left - 1, at };
}
