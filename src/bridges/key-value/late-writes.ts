import type { KeptRecord } from './store.js';

/** What is under a key; nothing after a delete. */
type Content = KeptRecord | undefined;

/** A write that the backend has not answered. */
export interface Write {
  readonly content: Content;
  /** When its record has expired, in epoch milliseconds: then it brings nothing back. */
  readonly endsAt: number;
}

/** A key with writes that are not answered. */
interface Doubt {
  readonly writes: Set<Write>;
  /** What counts, whatever those writes do; absent until somebody looked since they were begun. */
  known?: { readonly content: Content };
}

/** How long a delete can do harm, in milliseconds. */
const DELETE_LASTS = 3_600_000;

/**
 * Keeps writes from counting that land at the backend after others were let past them: such a write
 * would bring back what was logged out since. Who comes first after it decides by what is there
 * whether it took place; from then on what it leaves is not believed.
 */
export interface LateWrites {
  /** Notes a write that begins now. */
  begin(key: string, content: Content): Write;
  /** Notes that a write was answered in its turn; `isDone` when it took place. */
  end(key: string, write: Write, isDone: boolean): void;
  /** What counts, when `found` is what the backend has. */
  judge(key: string, found: Content): Content;
}

export function createLateWrites(now: () => number): LateWrites {
  const doubts = new Map<string, Doubt>();

  /** Drops what can do no more harm: neither bring back a session nor end one. */
  function dropOld(): void {
    for (const [key, { writes, known }] of doubts) {
      const ends = [known?.content?.expiresAt ?? 0, ...[...writes].map(({ endsAt }) => endsAt)];
      if (Math.max(...ends) > now()) return;
      doubts.delete(key);
    }
  }

  return {
    begin(key, content) {
      dropOld();
      const doubt = doubts.get(key) ?? { writes: new Set() };
      const write = { content, endsAt: content?.expiresAt ?? now() + DELETE_LASTS };
      doubt.writes.add(write);
      doubts.set(key, doubt);
      return write;
    },

    end(key, write, isDone) {
      const doubt = doubts.get(key);
      if (doubt === undefined) return;
      doubt.writes.delete(write);
      if (doubt.writes.size === 0) doubts.delete(key);
      else if (isDone) doubt.known = { content: write.content };
    },

    judge(key, found) {
      const doubt = doubts.get(key);
      if (doubt === undefined) return found;
      const { known, writes } = doubt;
      const isLate =
        known !== undefined &&
        !isSame(found, known.content) &&
        [...writes].some(({ content }) => isSame(found, content));
      if (isLate) return known.content;
      doubt.known = { content: found };
      return found;
    },
  };
}

/** Whether two contents are of one write. A touch leaves the version. */
export function isSame(one: Content, other: Content): boolean {
  return (
    one?.version === other?.version &&
    one?.expiresAt === other?.expiresAt &&
    one?.touchedAt === other?.touchedAt
  );
}
