import { budgetOf } from '../stores/contract/deadline.js';
import type { SessionEntry, SessionStore } from '../stores/contract.js';
import { endSession } from './commit/end.js';
import type { Engine } from './commit/engine.js';
import type { DestroyUserOptions } from './directory.js';
import { SessionError } from './errors.js';
import type { EndReason } from './events.js';
import { clocksOf, expiredBy } from './expiry.js';
import type { Facts } from './record-format.js';
import { dataOf, find, readable } from './renewal.js';
import { isSession } from './snapshots.js';
import { callStore } from './store-call.js';
import type { Visit } from './visit.js';

/** Sessions that one call of a store gives. */
const PAGE = 100;
/** How often a sweep looks again for sessions that began while it looked. */
const MAX_SWEEPS = 50;
const MAX_USER_ID = 200;

/** A store that finds the sessions of a user. */
export type UserStore = SessionStore & Required<Pick<SessionStore, 'byUser'>>;

/**
 * The id of a user, before a store sees it.
 * @throws `invalid-value` unless it is a text of 1 to 200 characters.
 */
export function checkUserId(userId: unknown): string {
  if (typeof userId === 'string' && userId !== '' && userId.length <= MAX_USER_ID) return userId;
  const what = typeof userId === 'string' ? `has ${userId.length} characters` : 'is not a text';
  throw new SessionError(
    'invalid-value',
    `The id of the user ${what}. Pass a text of 1 to ${MAX_USER_ID} characters: String(user.id).`,
    { path: 'userId' },
  );
}

/** All entries that the store has for a user. Each page has a deadline of its own. */
async function* entriesOfUser(
  engine: Engine,
  store: UserStore,
  userId: string,
): AsyncGenerator<SessionEntry> {
  checkUserId(userId);
  let after: string | undefined;
  do {
    const options = { after, limit: PAGE };
    const page = await callStore(engine, store, 'byUser', () => store.byUser(userId, options));
    yield* page.entries;
    after = page.next;
  } while (after !== undefined);
}

/**
 * Ends a user's sessions. Done when two sweeps in a row found none: a session that moved while one
 * sweep looked is there from the start of the next.
 * @throws `conflict` when sessions keep appearing.
 */
export async function endUser(
  engine: Engine,
  store: UserStore,
  userId: string,
  { except, only }: DestroyUserOptions,
): Promise<number> {
  const kept = except === undefined ? undefined : await handleOf(engine, except);
  const wanted = only === undefined ? undefined : await handleOf(engine, only);
  const ended = new Set<string>();
  let quiet = 0;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let found = 0;
    for await (const entry of entriesOfUser(engine, store, userId)) {
      const handle = await handleIn(engine, entry);
      if (handle !== undefined && handle === kept) continue;
      if (wanted !== undefined && handle !== wanted) continue;
      found++;
      const session = await end(engine, entry.id, 'revoked');
      if (session) ended.add(handle ?? entry.id);
    }
    quiet = found === 0 ? quiet + 1 : 0;
    if (quiet === 2) return ended.size;
  }
  throw new SessionError(
    'conflict',
    `Sessions of this user kept beginning while ${ended.size} were ended. Block the user's logins, then try again.`,
  );
}

/** A session of a user, as limits and lists count it. */
interface UserSession {
  readonly entry: SessionEntry;
  readonly facts: Facts;
  /** Its place among the user's logins. */
  readonly order: number;
}

/** The sessions of a user, each once, also those that move meanwhile; logins under way are none. */
export async function sessionsOfUser(
  engine: Engine,
  store: UserStore,
  userId: string,
): Promise<UserSession[]> {
  const sessions = new Map<string, UserSession>();
  for await (const entry of entriesOfUser(engine, store, userId)) {
    const facts = await factsIn(engine, entry);
    if (facts === undefined || !(await isSession(engine, entry.id, facts))) continue;
    sessions.set(facts.handle, { entry, facts, order: orderOf(facts, entry) });
  }
  return [...sessions.values()];
}

function orderOf({ order, loggedInAt }: Facts, { record }: Pick<SessionEntry, 'record'>): number {
  return order ?? loggedInAt ?? record.createdAt;
}

/**
 * The place of a new login among the user's logins, where sessions are limited: behind all logins
 * that were answered before it, also those of servers whose clock is ahead.
 * @throws `session-limit` with `surplus: 'refuse'` when the user has no place left.
 */
export async function placeInOrder(
  engine: Engine,
  visit: Visit,
  userId: string,
): Promise<number | undefined> {
  const { sessionsPerUser, store, now } = engine.settings;
  if (sessionsPerUser === undefined) return undefined;
  const { max, surplus } = sessionsPerUser;
  const { held, facts } = visit;
  // A place that others were refused is kept.
  if (surplus === 'refuse' && held?.record.userId === userId) return orderOf(facts, held);
  const sessions = await sessionsOfUser(engine, store as UserStore, userId);
  const others = sessions.filter((other) => other.facts.handle !== facts.handle);
  if (surplus === 'refuse' && others.length >= max) throw tooMany(max);
  return others.reduce((latest, { order }) => Math.max(latest, order + 1), now());
}

/**
 * Keeps the number of a user's sessions. All who look choose the same survivors, by their place in
 * the order and then the handle, so logins at the same time agree. A session whose place changed
 * meanwhile is looked at again.
 * @throws `session-limit` with `surplus: 'refuse'`, when the session of `visit` is one too many;
 * `conflict` when logins keep coming.
 */
export async function limitSessions(engine: Engine, visit: Visit, userId: string): Promise<void> {
  const { sessionsPerUser, store } = engine.settings;
  if (sessionsPerUser === undefined) return;
  const { max, surplus } = sessionsPerUser;
  const { handle } = visit.facts;
  let isOver = false;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    const sessions = await sessionsOfUser(engine, store as UserStore, userId);
    sessions.sort(
      (one, other) => one.order - other.order || (one.facts.handle < other.facts.handle ? -1 : 1),
    );
    const excess = surplus === 'endOldest' ? sessions.slice(0, -max) : sessions.slice(max);
    for (const session of excess)
      if ((await endInPlace(engine, session)) && session.facts.handle === handle) isOver = true;
    if (excess.length > 0) continue;
    if (!isOver) return;
    if (surplus === 'endOldest') {
      visit.lose();
      return;
    }
    visit.end();
    visit.begin();
    throw tooMany(max);
  }
  throw new SessionError('conflict', 'Logins of this user kept coming. Try again.');
}

/** Ends a session while its place in the order is the one that was seen. */
async function endInPlace(engine: Engine, { entry, order }: UserSession): Promise<boolean> {
  const budget = budgetOf(engine.settings.storeTimeout);
  const place = { id: entry.id, token: '' };
  const found = await readable(() => find(place, 'id', engine.settings, budget));
  if (found === undefined || found === 'unreadable' || found.kind === 'dead') return false;
  const { held, data } = found;
  const { handle } = data.facts;
  if (orderOf(data.facts, held) !== order) return false;
  const known = { held, handle };
  return (await endSession(engine, held, 'commit', 'limit', budget, known)) !== undefined;
}

function tooMany(max: number): SessionError {
  return new SessionError(
    'session-limit',
    `This user has ${max} ${max === 1 ? 'session' : 'sessions'} already. End one of them, then log in again.`,
  );
}

async function end(engine: Engine, id: string, reason: EndReason): Promise<boolean> {
  const budget = budgetOf(engine.settings.storeTimeout);
  return (await endSession(engine, { id, token: '' }, 'id', reason, budget)) !== undefined;
}

/** The handle that a caller named, or that of the session whose id the caller named. */
async function handleOf({ settings }: Engine, name: string): Promise<string> {
  const budget = budgetOf(settings.storeTimeout);
  const found = await readable(() => find({ id: name, token: '' }, 'id', settings, budget));
  if (found === 'unreadable' || found === undefined) return name;
  return found.kind === 'session' ? found.data.facts.handle : found.trace.handle;
}

async function handleIn(engine: Engine, entry: SessionEntry): Promise<string | undefined> {
  return (await factsIn(engine, entry))?.handle;
}

async function factsIn({ settings }: Engine, entry: SessionEntry): Promise<Facts | undefined> {
  const { persistence, clocks, now } = settings;
  const facts = await readable(async () => {
    const record = persistence.open?.(entry) ?? entry.record;
    const { facts } = dataOf(record, settings);
    const isOver = expiredBy(clocksOf(clocks, facts), record, now()) !== undefined;
    return isOver ? undefined : facts;
  });
  return facts === 'unreadable' ? undefined : facts;
}
