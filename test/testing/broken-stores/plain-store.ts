import {
  isMoved,
  type PageOptions,
  type SessionPage,
  type SessionRecord,
  type SessionStore,
} from '../../../src/stores/contract.js';

export interface Row {
  record: SessionRecord;
  version: number;
}

/** What the stores of one backend share. */
export interface Backend {
  readonly rows: Map<string, Row>;
  lastVersion: number;
  readonly now: () => number;
}

export function backend(now: () => number): Backend {
  return { rows: new Map(), lastVersion: 0, now };
}

/** The row of a live record. */
export function liveRow({ rows, now }: Backend, id: string): Row | undefined {
  const row = rows.get(id);
  return row !== undefined && row.record.expiresAt > now() ? row : undefined;
}

/** A page of the rows that `isWanted`, in the order of their ids. */
export function pageOf(
  rows: Backend['rows'],
  { after = '', limit }: PageOptions,
  isWanted: (record: SessionRecord, id: string) => boolean,
): SessionPage {
  const wanted = [...rows]
    .filter(([id, { record }]) => id > after && isWanted(record, id))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const entries = wanted.slice(0, limit).map(([id, { record }]) => ({ id, record: { ...record } }));
  return { entries, next: wanted.length > limit ? entries.at(-1)?.id : undefined };
}

/** The contract as plainly as it can be written: the store that the broken ones are made from. */
export function plainStore(
  shared: Backend,
): Required<Omit<SessionStore<number>, 'consistency' | 'readStale'>> {
  const { rows, now } = shared;
  const write = (id: string, record: SessionRecord): number => {
    const version = ++shared.lastVersion;
    rows.set(id, { record: { ...record }, version });
    return version;
  };
  const isLive = (record: SessionRecord): boolean => record.expiresAt > now();
  const isListed = (record: SessionRecord): boolean => isLive(record) && !isMoved(record);
  return {
    name: 'plain',
    async read(id) {
      return structuredClone(liveRow(shared, id));
    },
    async create(id, record) {
      return liveRow(shared, id) ? undefined : write(id, record);
    },
    async update(id, record, version) {
      return liveRow(shared, id)?.version === version ? write(id, record) : undefined;
    },
    async touch(id, expiresAt, touchedAt) {
      const row = liveRow(shared, id);
      if (row === undefined || isMoved(row.record)) return false;
      row.record = {
        ...row.record,
        expiresAt: Math.max(row.record.expiresAt, expiresAt),
        touchedAt: Math.max(row.record.touchedAt, touchedAt),
      };
      return true;
    },
    async destroy(id, version) {
      const row = liveRow(shared, id);
      return (
        row !== undefined && (version === undefined || row.version === version) && rows.delete(id)
      );
    },
    async byUser(userId, page) {
      return pageOf(rows, page, (record) => isLive(record) && record.userId === userId);
    },
    async list(page) {
      return pageOf(rows, page, isListed);
    },
    async count() {
      return [...rows.values()].filter(({ record }) => isListed(record)).length;
    },
    async prune(before, limit) {
      const due = [...rows].filter(([, { record }]) => record.expiresAt <= before).slice(0, limit);
      for (const [id] of due) rows.delete(id);
      return due.length;
    },
    async clear() {
      rows.clear();
    },
    async migrate() {
      // A map needs no schema.
    },
    async close() {
      // A map holds nothing open.
    },
  };
}
