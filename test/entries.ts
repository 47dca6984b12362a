import { eachEntry, type SessionEntry, type SessionStore } from '../src/stores/contract.js';

/** All that a store lists, or all that it has of a user. */
export async function entriesIn(
  { list, byUser }: SessionStore,
  userId?: string,
  limit?: number,
): Promise<SessionEntry[]> {
  const entries: SessionEntry[] = [];
  const all = eachEntry(
    async (page) =>
      (userId === undefined ? await list?.(page) : await byUser?.(userId, page)) ?? { entries: [] },
    limit,
  );
  for await (const entry of all) entries.push(entry);
  return entries;
}

/** The ids of {@link entriesIn}, sorted. */
export async function idsIn(store: SessionStore, userId?: string): Promise<string[]> {
  return (await entriesIn(store, userId)).map(({ id }) => id).sort();
}
