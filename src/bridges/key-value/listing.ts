import { randomUUID } from 'node:crypto';
import type { PageOptions, SessionEntry, SessionPage } from '../../stores/contract.js';

/** Records that one page of a list may ask the backend for. */
const KEYS_PER_PAGE = 100;
const CURSOR = /^([0-9a-f-]{36})\.(session-[0-9a-f]{64})$/;

/** All keys at one moment, in order. */
interface Snapshot {
  readonly id: string;
  readonly keys: readonly string[];
}

/** What a {@link createListing} reads. */
export interface ListingParts {
  /** All keys of records, from the backend. */
  keys(): Promise<Iterable<string>>;
  /** The record of a key, when lists show it. */
  read(key: string): Promise<SessionEntry | undefined>;
}

/** A page of the records that `isWanted`. */
export type Listing = (
  page: PageOptions,
  isWanted?: (entry: SessionEntry) => boolean,
) => Promise<SessionPage>;

/**
 * Lists by the order of keys. A backend can only give all keys at once: those of the last walk are
 * kept until it ends, or another one begins, so that a walk asks for them once. A cursor that does
 * not belong to them asks for them anew.
 */
export function createListing({ keys, read }: ListingParts): Listing {
  let last: Snapshot | undefined;

  async function snapshotFor(id: string | undefined): Promise<Snapshot> {
    if (last !== undefined && last.id === id) return last;
    last = { id: randomUUID(), keys: [...(await keys())].sort() };
    return last;
  }

  return async ({ after, limit }, isWanted) => {
    const [, id, key = ''] = CURSOR.exec(after ?? '') ?? [];
    const snapshot = await snapshotFor(id);
    const from = firstAfter(snapshot.keys, key);
    const span = isWanted === undefined ? Math.min(limit, KEYS_PER_PAGE) : KEYS_PER_PAGE;
    const batch = snapshot.keys.slice(from, from + span);
    const found = await Promise.all(
      batch.map(async (key) => {
        const entry = await read(key);
        return entry !== undefined && (isWanted?.(entry) ?? true) ? [{ key, entry }] : [];
      }),
    );
    const wanted = found.flat();
    const taken = wanted.slice(0, limit);
    const end = taken.length < wanted.length ? taken.at(-1)?.key : batch.at(-1);
    const entries = taken.map(({ entry }) => entry);
    if (end !== undefined && end !== snapshot.keys.at(-1))
      return { entries, next: `${snapshot.id}.${end}` };
    if (last === snapshot) last = undefined;
    return { entries };
  };
}

/** The index of the first key that comes after `key`. */
function firstAfter(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) > key) high = middle;
    else low = middle + 1;
  }
  return low;
}
