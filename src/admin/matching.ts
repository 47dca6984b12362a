import { PageError } from '../pages/page-error.js';
import { type Filter, isEmpty } from './filter.js';
import type { AdminSessions } from './options.js';

/** How many sessions a page of a walk looks at. */
const PAGE = 100;
/** After so many pages, or so many milliseconds, an answer says how far the walk came. */
const MOST_PAGES = 100;
const MOST_TIME = 5000;
/** How many sessions are ended at once. */
const AT_ONCE = 10;

/** How far a walk over the matching sessions came. */
export interface Walked {
  readonly dryRun: boolean;
  /** How many sessions matched on the pages that this walk looked at. */
  readonly matched: number;
  /** How many of them it ended; 0 in a dry run. */
  readonly ended: number;
  /** Where the next walk begins; absent when this one came to the end. */
  readonly next?: string | undefined;
}

/** Counts the sessions that match, or ends them. */
export async function walkMatching(
  sessions: AdminSessions,
  filter: Filter,
  { dryRun, after }: { dryRun: boolean; after: string | undefined },
): Promise<Walked> {
  if (isEmpty(filter))
    throw new PageError(400, 'Say which sessions: user, olderThan or idleFor, or several of them.');
  const { user, olderThan, idleFor } = filter;
  if (!dryRun && user !== undefined && olderThan === undefined && idleFor === undefined) {
    // It also finds the sessions that move meanwhile.
    const ended = await sessions.destroyUser(user);
    return { dryRun, matched: ended, ended };
  }
  const endsAt = performance.now() + MOST_TIME;
  let matched = 0;
  let ended = 0;
  let next = after;
  for (let pages = 0; pages < MOST_PAGES && performance.now() < endsAt; pages++) {
    const page = await sessions.list({ ...filter, after: next, limit: PAGE });
    matched += page.sessions.length;
    if (!dryRun) ended += await endAll(sessions, page.sessions);
    next = page.next;
    if (next === undefined) break;
  }
  return { dryRun, matched, ended, next };
}

async function endAll(
  sessions: AdminSessions,
  found: readonly { readonly id: string }[],
): Promise<number> {
  let ended = 0;
  for (let from = 0; from < found.length; from += AT_ONCE) {
    const some = found.slice(from, from + AT_ONCE);
    const results = await Promise.all(some.map(({ id }) => sessions.destroy(id)));
    ended += results.filter(Boolean).length;
  }
  return ended;
}
