import type { Request } from '../http/request.js';
import type { Presented } from '../http/transport.js';
import { type Budget, budgetOf } from '../stores/contract/deadline.js';
import { endSession, reportEnd } from './commit/end.js';
import type { Engine } from './commit/engine.js';
import { isSessionError } from './errors.js';
import { clocksOf, deadline, expiredBy } from './expiry.js';
import { visitWithoutStore } from './open-without-store.js';
import type { Place } from './persistence.js';
import { type Found, find, readable } from './renewal.js';
import { Visit } from './visit.js';
import type { VisitMode } from './visit-states.js';

/** A live session that a token of the request leads to. */
export interface Candidate {
  /** Absent when the cookie of another system led there. */
  readonly token: string | undefined;
  readonly found: Extract<Found, { kind: 'session' }>;
  /** The id of the token, when the session has another one by now. */
  readonly via: string | undefined;
}

/**
 * The visit of a request: the session that its tokens lead to, or a new one.
 * @throws `store-failed`, `store-timeout` when the session cannot be read and `onStoreError` lets
 * the request fail.
 */
export async function openVisit(
  engine: Engine,
  request: Request,
  presented: Presented,
  mode: VisitMode,
): Promise<Visit> {
  const { settings, events } = engine;
  const isWithout = presented.tokens.length === 0;
  if (isWithout && settings.inherit.length === 0)
    return withoutToken(engine, request, presented, mode);
  try {
    const visit = isWithout
      ? withoutToken(engine, request, presented, mode)
      : await visitOfTokens(engine, request, presented, mode);
    const isSuspect = visit.rivals.length > 0 || (presented.exclusive && !isAlone(presented));
    if (visit.where.kind !== 'nowhere' || isSuspect) return visit;
    for (const predecessor of settings.inherit) {
      const heir = await predecessor.open(engine, request, presented, mode);
      if (heir instanceof Visit) return heir;
      if (heir !== undefined) visit.note(heir);
    }
    return visit;
  } catch (error) {
    if (!isSessionError(error)) throw error;
    events.emit('failed', { error });
    return visitWithoutStore(engine, request, presented, mode, error);
  }
}

function withoutToken(
  { settings }: Engine,
  request: Request,
  presented: Presented,
  mode: VisitMode,
): Visit {
  const visit = new Visit(request, presented, settings, mode);
  visit.note('new: the request has no token');
  return visit;
}

function isAlone({ tokens }: Presented): boolean {
  return tokens.length < 2;
}

async function visitOfTokens(
  engine: Engine,
  request: Request,
  presented: Presented,
  mode: VisitMode,
): Promise<Visit> {
  const { settings, events } = engine;
  const budget = budgetOf(settings.storeTimeout);
  const { tokens, exclusive } = presented;
  const candidates: Candidate[] = [];
  const reasons: string[] = [];
  let deadId: string | undefined;

  if (!exclusive || isAlone(presented)) {
    for (const token of tokens.length > 1 ? new Set(tokens) : tokens) {
      const candidate = await follow(engine, token, budget, reasons);
      if (typeof candidate === 'string') deadId ??= candidate;
      else if (candidate !== undefined) candidates.push(candidate);
    }
  }
  const [first] = candidates;
  // Nearly always there is one token, and it leads to its session.
  if (first !== undefined && candidates.length === 1 && !first.found.isReplay)
    return resumed(engine, request, presented, mode, first, reasons);
  const live = await withoutReplays(engine, candidates, budget, reasons);
  const ids = [...new Set(live.map(({ found }) => found.held.id))];
  const own = live.find(({ via }) => via === undefined) ?? live[0];
  if (own !== undefined && ids.length === 1)
    return resumed(engine, request, presented, mode, own, reasons);
  const visit = new Visit(request, presented, settings, mode, ids);
  for (const reason of reasons) visit.note(reason);
  if (ids.length > 1 || (exclusive && !isAlone(presented))) {
    events.emit('rejected', { reason: 'duplicate' });
    visit.note('new: the request has tokens of different sessions');
  } else if (deadId !== undefined) {
    visit.lose();
    events.emit('gone', { id: deadId });
    visit.note('gone: the token is dead; the session ended or another answer carries its token');
  } else visit.note('new: no token of the request leads to a session');
  return visit;
}

export function resumed(
  { settings }: Engine,
  request: Request,
  presented: Presented,
  mode: VisitMode,
  { found: { held, data }, token, via }: Candidate,
  reasons: readonly string[],
): Visit {
  const visit = new Visit(request, presented, settings, mode);
  for (const reason of reasons) visit.note(reason);
  visit.resume(held, data, token, via);
  return visit;
}

/** As {@link followPlace}, for the place that a token leads to. */
async function follow(
  engine: Engine,
  token: string,
  budget: Budget,
  reasons: string[],
): Promise<Candidate | string | undefined> {
  const place = engine.settings.persistence.locate(token);
  if (typeof place !== 'string') return followPlace(engine, place, token, budget, reasons);
  engine.events.emit('rejected', { reason: place });
  reasons.push(`a token was rejected: ${place}`);
  return undefined;
}

/**
 * The live session at a place; the id of one that is dead; `undefined` when there is none, with the
 * reason.
 */
export async function followPlace(
  engine: Engine,
  place: Place,
  token: string | undefined,
  budget: Budget,
  reasons: string[],
): Promise<Candidate | string | undefined> {
  const { settings, events } = engine;
  const { clocks, now } = settings;
  const found = await readable(() => find(place, 'token', settings, budget));
  if (found === undefined) return undefined;
  if (found === 'unreadable') {
    events.emit('rejected', { reason: 'record', id: place.id });
    reasons.push('a session cannot be read');
    return undefined;
  }
  if (found.kind === 'dead') return place.id;
  const { held, data } = found;
  const clock = expiredBy(clocksOf(clocks, data.facts), held.record, now());
  if (clock !== undefined) {
    const { id, record } = held;
    const own = deadline(clocksOf(clocks, data.facts), record.createdAt, record.touchedAt);
    // The same instant for all who see it.
    const endedAt = Math.min(record.expiresAt, own);
    reportEnd(engine, { id, handle: data.facts.handle, record }, clock, endedAt);
    reasons.push(`a session ended: ${clock}`);
    return undefined;
  }
  return { token, found, via: place.id === '' || place.id === held.id ? undefined : place.id };
}

/**
 * A renewed token that is used after its time ends its session, unless the same client shows the
 * new token as well: a cookie of the old one stayed behind, perhaps under another domain.
 */
export async function withoutReplays(
  engine: Engine,
  candidates: readonly Candidate[],
  budget: Budget,
  reasons: string[],
): Promise<readonly Candidate[]> {
  if (!candidates.some(({ found }) => found.isReplay)) return candidates;
  const owned = new Set(
    candidates.filter(({ via }) => via === undefined).map(({ found }) => found.held.id),
  );
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const { held, isReplay, data } = candidate.found;
    if (!isReplay || owned.has(held.id)) {
      kept.push(candidate);
      continue;
    }
    const known = { held, handle: data.facts.handle };
    await endSession(engine, held, 'id', 'replay', budget, known);
    engine.events.emit('replayed', { id: candidate.via ?? held.id });
    reasons.push('a session ended: a renewed token was used after its time');
  }
  return kept;
}
