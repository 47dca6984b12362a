import { randomUUID } from 'node:crypto';
import { SessionError } from '../../core/errors.js';
import { eachEntry, type SessionEntry, type SessionStore, supports } from '../contract.js';
import { unmarked } from './marks.js';
import type { Pair } from './passage.js';

/** How many lists are remembered at once, so that nothing comes twice. */
const MAX_LISTS = 8;
/** The most records of a user that a store is asked for at once. */
const INNER_PAGE = 500;

/** The abilities of a store that both stores must have. */
type Lists = Pick<SessionStore, 'byUser' | 'list' | 'count'>;

export function movingLists({ from, to }: Pair, isMoving: boolean): Lists {
  return {
    ...(supports(from, 'byUser') &&
      supports(to, 'byUser') && {
        // Where others may turn back, a session may move in either direction meanwhile.
        byUser: userPages(isMoving ? [from, to] : [from, to, from]),
      }),
    ...(supports(from, 'list') && supports(to, 'list') && { list: listOf(from, to) }),
    ...(supports(from, 'count') &&
      supports(to, 'count') && {
        count: async () => (await from.count()) + (await to.count()),
      }),
  };
}

type UserStore = SessionStore & Required<Pick<SessionStore, 'byUser'>>;

/**
 * `byUser` over both: the records in the order of their ids. Each page looks at all of them, so
 * that no session is missed or comes twice which moves from one store to the other meanwhile.
 */
function userPages(stores: readonly UserStore[]): UserStore['byUser'] {
  return async (userId, { after = '', limit }) => {
    const found = new Map<string, SessionEntry>();
    for (const store of stores)
      for await (const entry of eachEntry((page) => store.byUser(userId, page), INNER_PAGE))
        if (entry.id > after) found.set(entry.id, shown(entry));
    const ids = [...found.keys()].sort();
    const entries = ids.slice(0, limit).flatMap((id) => found.get(id) ?? []);
    return { entries, next: ids.length > limit ? ids[limit - 1] : undefined };
  };
}

type ListStore = SessionStore & Required<Pick<SessionStore, 'list'>>;

/** Where a page begins: at which store, in which list, and where there. */
interface Cursor {
  readonly side: 'from' | 'to';
  readonly list: string;
  readonly inner: string | undefined;
}

/** `list` over both: first all of `from`, then what `to` has beside that. */
function listOf(from: ListStore, to: ListStore): ListStore['list'] {
  /** The ids that came from `from`, of the lists that are under way here. */
  const seen = new Map<string, Set<string>>();

  function begin(): Cursor {
    const list = randomUUID();
    seen.set(list, new Set());
    const [oldest] = seen.keys();
    if (seen.size > MAX_LISTS && oldest !== undefined) seen.delete(oldest);
    return { side: 'from', list, inner: undefined };
  }

  return async ({ after, limit }) => {
    const { side, list, inner } = after === undefined ? begin() : cursorOf(after);
    const { entries, next } = await (side === 'from' ? from : to).list({ after: inner, limit });
    const ids = seen.get(list);
    if (side === 'from') {
      for (const { id } of entries) ids?.add(id);
      const cursor: Cursor = { side: next === undefined ? 'to' : 'from', list, inner: next };
      return { entries: entries.map(shown), next: cursorText(cursor) };
    }
    if (next === undefined) seen.delete(list);
    return {
      entries: entries.filter(({ id }) => ids?.has(id) !== true).map(shown),
      next: next === undefined ? undefined : cursorText({ side, list, inner: next }),
    };
  };
}

function shown({ id, record }: SessionEntry): SessionEntry {
  return { id, record: unmarked(record) };
}

function cursorText({ side, list, inner }: Cursor): string {
  return JSON.stringify([side, list, inner]);
}

/** @throws `invalid-value` for a text that is no cursor of this store. */
function cursorOf(text: string): Cursor {
  const [side, list, inner] = partsOf(text);
  if ((side !== 'from' && side !== 'to') || typeof list !== 'string' || !isInner(inner))
    throw new SessionError(
      'invalid-value',
      'The page of a list begins after a text that is no `next` of the moving store. Begin with the first page.',
    );
  return { side, list, inner: inner ?? undefined };
}

function partsOf(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(text);
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function isInner(inner: unknown): inner is string | null | undefined {
  return inner === undefined || inner === null || typeof inner === 'string';
}
