/** How far the clock of this process is ahead, in milliseconds. */
let ahead = 0;

const RealDate = globalThis.Date;

/** The clock that every library in this process reads. */
globalThis.Date = class extends RealDate {
  /** @param {[]} given */
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + ahead);
    else super(...given);
  }

  static now() {
    return RealDate.now() + ahead;
  }
};

/** @param {number} milliseconds */
export function moveClock(milliseconds) {
  ahead += milliseconds;
}
