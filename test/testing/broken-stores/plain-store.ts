import type { SessionRecord, SessionStore } from '../../../src/stores/contract.js';

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

/** The contract as plainly as it can be written: the store that the broken ones are made from. */
export function plainStore(shared: Backend): Required<Omit<SessionStore<number>, 'consistency'>> {
  const { rows, now } = shared;
  const write = (id: string, record: SessionRecord): number => {
    const version = ++shared.lastVersion;
    rows.set(id, { record: { ...record }, version });
    return version;
  };
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
      if (row) row.record = { ...row.record, expiresAt, touchedAt };
      return row !== undefined;
    },
    async destroy(id, version) {
      const row = liveRow(shared, id);
      return (
        row !== undefined && (version === undefined || row.version === version) && rows.delete(id)
      );
    },
    async *byUser(userId) {
      for await (const entry of this.list()) if (entry.record.userId === userId) yield entry;
    },
    async *list() {
      for (const [id, { record }] of rows)
        if (record.expiresAt > now()) yield { id, record: { ...record } };
    },
    async count() {
      return [...rows.values()].filter(({ record }) => record.expiresAt > now()).length;
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
