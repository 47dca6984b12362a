import type { SessionData } from '../data/data.js';
import { decodeTrace, type Facts, type Trace } from '../data/record-format.js';
import { budgetOf } from '../stores/contract/deadline.js';
import {
  isMoved,
  type SessionEntry,
  type SessionRecord,
  type SessionStore,
} from '../stores/contract.js';
import { endSession } from './commit/end.js';
import type { Engine } from './commit/engine.js';
import type { DestroyUserOptions } from './directory.js';
import { SessionError } from './errors.js';
import type { EndReason } from './events.js';
import { clocksOf, expiredBy } from './expiry.js';
import { dataOf, find, readable } from './renewal.js';
import { isSession } from './snapshots.js';
import { callStore } from './store-call.js';
import type { Visit } from './visit.js';

/** The most sessions that one store call returns. */
const PAGE = 100;
/** How often a sweep is repeated to find sessions that began meanwhile. */
const MAX_SWEEPS = 50;
const MAX_USER_ID = 200;

/** A store that can find the sessions of a user. */
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

/** A record of a user that may be a session. */
interface UserRecord extends SessionEntry {
  /** Absent when the record cannot be read. */
  readonly data: SessionData | undefined;
}

/**
 * The records of a user, each with its data opened. A store takes its time to give all pages, and a
 * session may move meanwhile, from a page not read yet to one that was. The trace that it left is
 * on a later page then, and leads to it. So no session that was there at the start is missed,
 * however often it moves.
 */
async function* recordsOfUser(
  engine: Engine,
  store: UserStore,
  userId: string,
): AsyncGenerator<UserRecord> {
  const { settings } = engine;
  const { persistence } = settings;
  const traces = new Map<string, Trace>();
  const seen = new Set<string>();
  for await (const { id, record } of entriesOfUser(engine, store, userId)) {
    const opened = await readable(async () => persistence.open?.({ id, record }) ?? record);
    if (opened !== 'unreadable' && isMoved(opened)) {
      const trace = decodeTrace(opened.data);
      if (trace !== undefined) traces.set(id, trace);
      continue;
    }
    const data = await readable(async () =>
      dataOf(opened === 'unreadable' ? record : opened, settings),
    );
    if (opened === 'unreadable' || data === 'unreadable') {
      yield { id, record, data: undefined };
      continue;
    }
    if (isOver(engine, opened, data)) continue;
    if (data.facts.provisionalUntil === undefined) seen.add(data.facts.handle);
    yield { id, record: opened, data };
  }
  for (const { successor, handle } of traces.values()) {
    if (successor === undefined || traces.has(successor) || seen.has(handle)) continue;
    const place = { id: successor, token: '' };
    const budget = budgetOf(settings.storeTimeout);
    const found = await readable(() => find(place, 'id', settings, budget));
    if (found === undefined || found === 'unreadable' || found.kind === 'dead') continue;
    const { held, data } = found;
    if (held.record.userId !== userId || isOver(engine, held.record, data)) continue;
    yield { id: held.id, record: held.record, data };
  }
}

function isOver({ settings }: Engine, record: SessionRecord, { facts }: SessionData): boolean {
  const { clocks, now } = settings;
  return expiredBy(clocksOf(clocks, facts), record, now()) !== undefined;
}

/**
 * Ends a user's sessions. One sweep ends all that were there before; it is repeated while logins
 * bring others.
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
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let found = 0;
    for await (const { id, data } of recordsOfUser(engine, store, userId)) {
      const handle = data?.facts.handle;
      if (handle !== undefined && handle === kept) continue;
      if (wanted !== undefined && handle !== wanted) continue;
      found++;
      const session = await end(engine, id, 'revoked');
      if (session) ended.add(handle ?? id);
    }
    if (found === 0) return ended.size;
  }
  throw new SessionError(
    'conflict',
    `Sessions of this user kept beginning while ${ended.size} were ended. Block the user's logins, then try again.`,
  );
}

/** A session of a user, as limits and lists count it. */
interface UserSession extends SessionEntry {
  readonly data: SessionData;
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
  for await (const { id, record, data } of recordsOfUser(engine, store, userId)) {
    if (data === undefined || !(await isSession(engine, id, data.facts))) continue;
    sessions.set(data.facts.handle, { id, record, data, order: orderOf(data.facts, { record }) });
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
  const others = sessions.filter(({ data }) => data.facts.handle !== facts.handle);
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
      (one, other) =>
        one.order - other.order || (one.data.facts.handle < other.data.facts.handle ? -1 : 1),
    );
    const excess = surplus === 'endOldest' ? sessions.slice(0, -max) : sessions.slice(max);
    for (const session of excess)
      if ((await endInPlace(engine, session)) && session.data.facts.handle === handle)
        isOver = true;
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
async function endInPlace(engine: Engine, { id, order }: UserSession): Promise<boolean> {
  const budget = budgetOf(engine.settings.storeTimeout);
  const place = { id, token: '' };
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
