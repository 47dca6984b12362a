import type { SessionRecord, SessionStore } from '../../../src/stores/contract.js';
import type { Backend, plainStore } from './plain-store.js';

type PlainStore = ReturnType<typeof plainStore>;

/** A store with one fault. */
export interface BrokenStore {
  readonly fault: string;
  /** Cases of the suite that must fail. */
  readonly caughtBy: readonly string[];
  /** The verbs that differ from `plain`. */
  readonly broken: (plain: PlainStore, shared: Backend) => Partial<SessionStore<number>>;
}

/** A turn in which another request gets in between. */
export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The same store under other ids. */
export function renamed(
  plain: PlainStore,
  rename: (id: string) => string,
): Partial<SessionStore<number>> {
  return {
    read: (id) => plain.read(rename(id)),
    create: (id, record) => plain.create(rename(id), record),
    update: (id, record, version) => plain.update(rename(id), record, version),
    touch: (id, expiresAt, touchedAt) => plain.touch(rename(id), expiresAt, touchedAt),
    destroy: (id, version) => plain.destroy(rename(id), version),
  };
}

/** The same store with other records. */
export function rewritten(
  plain: PlainStore,
  rewrite: (record: SessionRecord) => SessionRecord,
): Partial<SessionStore<number>> {
  return {
    create: (id, record) => plain.create(id, rewrite(record)),
    update: (id, record, version) => plain.update(id, rewrite(record), version),
  };
}

/** Without an expired record in the way. */
export function withoutDeadline(shared: Backend): Backend {
  return { rows: shared.rows, lastVersion: 0, now: () => Number.NEGATIVE_INFINITY };
}
