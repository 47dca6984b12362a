import { isMoved, type SessionPage } from '../../../src/stores/contract.js';
import type { BrokenStore } from './broken-store.js';
import { pageOf } from './plain-store.js';

/** The page from a position on, which is its cursor. */
function byPosition(
  { entries }: SessionPage,
  after: string | undefined,
  limit: number,
): SessionPage {
  const from = Number(after ?? 0) || 0;
  const to = from + limit;
  return {
    entries: entries.slice(from, to),
    next: to < entries.length ? String(to) : undefined,
  };
}

const ALL = { limit: Number.POSITIVE_INFINITY };

export const PAGE_FAULTS: readonly BrokenStore[] = [
  {
    fault: 'a cursor is a position, which moves when records go',
    caughtBy: ['list/pages', 'byUser/pages'],
    broken: (plain) => ({
      list: async ({ after, limit }) => byPosition(await plain.list(ALL), after, limit),
      byUser: async (userId, { after, limit }) =>
        byPosition(await plain.byUser(userId, ALL), after, limit),
    }),
  },
  {
    fault: 'a page is as long as the store likes',
    caughtBy: ['list/pages', 'byUser/pages', 'list/foreign-cursor', 'byUser/foreign-cursor'],
    broken: (plain) => ({
      list: (page) => plain.list({ ...page, limit: 100 }),
      byUser: (userId, page) => plain.byUser(userId, { ...page, limit: 100 }),
    }),
  },
  {
    fault: 'a page begins with the last entry of the page before',
    caughtBy: ['list/pages', 'byUser/pages'],
    broken: (_, { rows }) => ({
      list: async ({ after, limit }) =>
        pageOf(rows, { after: after?.slice(0, -1), limit }, () => true),
      byUser: async (userId, { after, limit }) =>
        pageOf(rows, { after: after?.slice(0, -1), limit }, (record) => record.userId === userId),
    }),
  },
  {
    fault: 'the cursor says whose sessions the page holds',
    caughtBy: ['byUser/foreign-cursor'],
    broken: (plain) => ({
      async byUser(userId, { after, limit }) {
        const parsed = /^(.*?):(.*)$/s.exec(after ?? '');
        const user = parsed?.[1] ?? userId;
        const page = await plain.byUser(user, { after: parsed?.[2], limit });
        return { ...page, next: page.next === undefined ? undefined : `${user}:${page.next}` };
      },
    }),
  },
  {
    fault: 'a cursor of another list gives records that are not there',
    caughtBy: ['list/foreign-cursor'],
    broken: (plain, { now }) => ({
      async list(page) {
        if (page.after !== 'null') return plain.list(page);
        const record = { data: '', createdAt: 1, touchedAt: 1, expiresAt: now() + 1000 };
        return { entries: [{ id: 'made-up', record }] };
      },
    }),
  },
  {
    fault: 'lists and counts hold moved records',
    caughtBy: ['list/moved', 'count/moved'],
    broken: (_, { rows, now }) => ({
      list: async (page) => pageOf(rows, page, ({ expiresAt }) => expiresAt > now()),
      count: async () => [...rows.values()].filter(({ record }) => record.expiresAt > now()).length,
    }),
  },
  {
    fault: 'byUser leaves moved records out',
    caughtBy: ['byUser/pages', 'byUser/moved'],
    broken: (plain) => ({
      async byUser(userId, page) {
        const { entries = [], next } = (await plain.byUser?.(userId, page)) ?? {};
        return { entries: entries.filter(({ record }) => !isMoved(record)), next };
      },
    }),
  },
  {
    fault: 'a moved record is absent',
    caughtBy: ['moved/verbs', 'moved/expires', 'records/times'],
    broken: (plain) => ({
      async read(id) {
        const found = await plain.read(id);
        return found && isMoved(found.record) ? undefined : found;
      },
    }),
  },
  {
    fault: 'touch reaches moved records',
    caughtBy: ['moved/verbs'],
    broken: (plain, { rows }) => ({
      async touch(id, expiresAt, touchedAt) {
        const row = rows.get(id);
        if (row === undefined || !isMoved(row.record)) return plain.touch(id, expiresAt, touchedAt);
        row.record = { ...row.record, expiresAt, touchedAt };
        return true;
      },
    }),
  },
  {
    fault: 'prune passes over moved records',
    caughtBy: ['prune/moved'],
    broken: (plain, { rows }) => ({
      async prune(before, limit) {
        const kept = [...rows].filter(([, { record }]) => isMoved(record));
        for (const [id] of kept) rows.delete(id);
        const pruned = await plain.prune(before, limit);
        for (const [id, row] of kept) rows.set(id, row);
        return pruned;
      },
    }),
  },
];
