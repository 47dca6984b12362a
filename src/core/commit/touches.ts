/**
 * For how many sessions a process remembers its last touch. A forgotten session costs one touch.
 */
const MAX_REMEMBERED = 1000;

/**
 * When this process last touched a session, so that only one of many simultaneous requests touches
 * it.
 */
export interface Touches {
  note(id: string, now: number): void;
  forget(id: string): void;
  /** Whether the last touch of this process is at least `touchAfter` milliseconds old. */
  isOpen(id: string, touchAfter: number, now: number): boolean;
}

export function createTouches(): Touches {
  const touchedAt = new Map<string, number>();

  return {
    note(id, now) {
      touchedAt.delete(id);
      touchedAt.set(id, now);
      if (touchedAt.size > MAX_REMEMBERED) touchedAt.delete(touchedAt.keys().next().value ?? '');
    },
    forget(id) {
      touchedAt.delete(id);
    },
    isOpen(id, touchAfter, now) {
      const last = touchedAt.get(id);
      return last === undefined || now - last >= touchAfter;
    },
  };
}
