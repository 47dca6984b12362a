import { createTouches } from '../../core/internal.js';

/** When sessions were touched last, so that a touch waits for its time. */
export interface Touches {
  /** `touchedAt`: the last touch that the record tells of, in epoch milliseconds. */
  isDue(id: string, touchedAt: number): boolean;
  note(id: string): void;
}

/** `touchAfter`: how old the last touch must be, in milliseconds. */
export function touchesAfter(touchAfter: number): Touches {
  const touches = createTouches();
  return {
    isDue(id, touchedAt) {
      const now = Date.now();
      if (touchAfter === 0) return true;
      return now - touchedAt >= touchAfter && touches.isOpen(id, touchAfter, now);
    },
    note(id) {
      if (touchAfter > 0) touches.note(id, Date.now());
    },
  };
}
