import type { SessionRecord } from '../contract.js';

/**
 * Before the data of a record that is on its way to the other store: the session is still here, and
 * may be there already. No data of the core begins like this.
 */
const MARK = '1{"moving":1}\n';

/**
 * The data of a place that is kept free for a record on its way. It reads as the trace of a session
 * that ended, so a server that uses this store alone takes a forgotten one for no session.
 */
const RESERVED = '1{"h":"","m":["",0,0,"moving"]}\n';

/** The record, marked as on its way. Its other fields stay, so lists and touches still find it. */
export function marked(record: SessionRecord): SessionRecord {
  return { ...record, data: MARK + record.data };
}

export function isMarked({ data }: SessionRecord): boolean {
  return data.startsWith(MARK);
}

/** The record that is on its way; any other record unchanged. */
export function unmarked(record: SessionRecord): SessionRecord {
  return isMarked(record) ? { ...record, data: record.data.slice(MARK.length) } : record;
}

/** What keeps a place free. Only a verb by id finds it: it is moved, and nobody's. */
export function reservation(expiresAt: number): SessionRecord {
  return { data: RESERVED, createdAt: 0, touchedAt: 0, expiresAt };
}

export function isReservation({ data }: SessionRecord): boolean {
  return data === RESERVED;
}
