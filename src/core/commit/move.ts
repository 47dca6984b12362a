import type { Budget } from '../../stores/contract/deadline.js';
import { isSessionError, SessionError } from '../errors.js';
import type { Held } from '../persistence.js';
import { type Found, find, traceRecord } from '../renewal.js';
import type { Visit } from '../visit.js';
import type { Outcome } from '../visit-states.js';
import { Contention, unknownConflict } from './contention.js';
import { reportEnd } from './end.js';
import type { Engine } from './engine.js';
import { encode, isRefused, lose, usedNow } from './records.js';
import { followOrThrow, inLine, ownRecord, placeOf } from './save.js';
import { fullRecord, type Move, type Reason, successorFacts } from './successor.js';

/**
 * How long the new record of an undecided move lives, in milliseconds. So a process that dies
 * during a login leaves no session that no client has. The clocks of two servers may differ by five
 * minutes, and the record must not be over where the other clock is.
 */
const PROVISIONAL = 6 * 60_000;

/** Gives a stored session a new token. `gone`: another request ended or moved it first. */
export async function writeSuccessor(
  engine: Engine,
  visit: Visit,
  reason: Reason,
  budget: Budget,
  commit: string = engine.writers.next(),
): Promise<Outcome> {
  const { settings, events } = engine;
  if (isRefused(engine, visit)) throw refused(visit);
  const move: Move = {
    reason,
    commit,
    place: settings.persistence.place(),
    successor: undefined,
    facts: visit.facts,
  };
  const others = new Contention(events, budget);
  const { handle } = visit.facts;
  let from: Held | undefined;

  const outcome = await inLine(engine, visit, budget, async (held) => {
    for (let old = held; ; ) {
      from = old;
      await writeProvisional(engine, visit, move, old, budget);
      const decision = await decide(engine, visit, move, old, budget);
      if (decision === 'decided') return confirm(engine, visit, move, 'regenerated', budget);
      if (decision === undefined) {
        await discard(engine, move, budget);
        return lose(engine, visit, old.id);
      }
      followOrThrow(visit, decision.held, decision.data);
      if (decision.held.id !== old.id) return stepAside(engine, visit, move, budget);
      await others.refused(old.id);
      old = decision.held;
    }
  });
  if (outcome === 'regenerated' && from !== undefined)
    reportMove(engine, visit, reason, from, handle);
  return outcome;
}

/** Begins a session of a user when nothing is stored yet. */
export async function beginSession(
  engine: Engine,
  visit: Visit,
  reason: Reason,
  budget: Budget,
): Promise<Outcome> {
  if (isRefused(engine, visit)) throw refused(visit);
  const { events, writers, settings } = engine;
  const { persistence } = settings;
  const commit = writers.next();
  const others = new Contention(events, budget);
  for (;;) {
    const place = placeOf(engine, visit);
    const move: Move = { reason, commit, place, successor: undefined, facts: visit.facts };
    move.successor = await tryProvisional(engine, visit, move, undefined, budget);
    if (move.successor !== undefined) {
      const outcome = await confirm(engine, visit, move, 'created', budget);
      const userId = visit.held?.record.userId;
      if (outcome === 'created')
        events.emit('created', { id: place.id, handle: visit.facts.handle, userId });
      return outcome;
    }
    await others.refused(place.id);
    visit.plan(persistence.place());
  }
}

/** First step: writes the new record, which does not count as a session yet. */
async function writeProvisional(
  engine: Engine,
  visit: Visit,
  move: Move,
  old: Held,
  budget: Budget,
): Promise<void> {
  move.successor = await tryProvisional(engine, visit, move, old, budget);
  if (move.successor === undefined) throw unknownConflict('the record of its new token was taken');
}

async function tryProvisional(
  engine: Engine,
  visit: Visit,
  move: Move,
  old: Held | undefined,
  budget: Budget,
): Promise<Held | undefined> {
  const { persistence, now } = engine.settings;
  const { reason, commit, place, successor } = move;
  move.facts = successorFacts(engine, visit, move, old);
  const full = fullRecord(engine, visit, move, old);
  const provisionalUntil = full.expiresAt;
  // A renewal's old token follows the trace, so its successor must live as long as the session.
  const expiresAt =
    reason.kind === 'renewal' ? full.expiresAt : Math.min(now() + PROVISIONAL, full.expiresAt);
  const isNewOfUser = reason.kind === 'login' && old?.record.userId !== reason.userId;
  const movedFrom = isNewOfUser ? undefined : old?.id;
  const facts = { ...move.facts, provisionalUntil, movedFrom };
  const data = encode(engine, visit, commit, facts);
  const record = { ...full, data, expiresAt };
  // Whoever comes with the old token of a renewal has to find the session, and a client must not
  // show an earlier state of its device.
  const isBound = move.facts.device !== undefined;
  const mustStore = reason.kind === 'renewal' || isBound || visit.isAskedFor('store');
  const written =
    successor === undefined
      ? await persistence.create(place, record, budget, mustStore)
      : await persistence.update(successor, record, budget);
  return written ?? ownRecord(engine, place, commit, budget);
}

/** Second step: turns the old record into a trace. This decides the move. */
async function decide(
  engine: Engine,
  visit: Visit,
  { reason, commit, place, successor, facts }: Move,
  old: Held,
  budget: Budget,
): Promise<'decided' | Extract<Found, { kind: 'session' }> | undefined> {
  const { persistence, now, deadFor } = engine.settings;
  const isRenewal = reason.kind === 'renewal';
  const { handle } = visit.facts;
  const trace = {
    // Another user's session is another session: whoever knows the old id does not get there.
    successor: facts.handle === handle ? place.id : undefined,
    follow: isRenewal ? ('tokens' as const) : ('ids' as const),
    usedAt: 0,
    commit,
    handle,
  };
  const time = now();
  const until = isRenewal ? (successor?.record.expiresAt ?? time) : time + deadFor;
  const retired = await resultOf(() =>
    persistence.retire(old, traceRecord(old.record, trace, time, until), budget),
  );
  if (retired === true) return 'decided';
  const found = await resultOf(() => find(old, 'commit', engine.settings, budget));
  // The reply was lost. Perhaps the client library sent the trace again.
  if (!isSessionError(found)) {
    if (found?.kind === 'dead' && found.trace.commit === commit) return 'decided';
    if (found?.kind === 'session' && found.held.id === place.id) return 'decided';
  }
  if (isSessionError(retired)) throw retired;
  if (isSessionError(found)) throw found;
  return found?.kind === 'session' ? found : undefined;
}

/** The result of a task, or the error that it fails with. */
export async function resultOf<Result>(
  task: () => Promise<Result>,
): Promise<Result | SessionError> {
  try {
    return await task();
  } catch (error) {
    if (isSessionError(error)) return error;
    throw error;
  }
}

/**
 * Third step: the new record counts as the session. A failure is only an event: the move is
 * decided, so the client gets the new token, and the next request with it repeats this step.
 */
async function confirm(
  engine: Engine,
  visit: Visit,
  { commit, place, successor, facts }: Move,
  outcome: Outcome,
  budget: Budget,
): Promise<Outcome> {
  const { persistence } = engine.settings;
  const provisional = successor as Held;
  const { createdAt } = provisional.record;
  const record = {
    ...provisional.record,
    data: encode(engine, visit, commit, facts),
    ...usedNow(engine, visit, facts, createdAt),
  };
  const provisionalUntil = record.expiresAt;
  try {
    const confirmed = await persistence.update(provisional, record, budget);
    if (confirmed !== undefined) return visit.moved(confirmed, outcome, facts);
    // Whoever followed the trace and wrote the new record has confirmed it.
    const found = await find(place, 'commit', engine.settings, budget);
    if (found?.kind !== 'session') return lose(engine, visit, place.id);
    visit.journal.settle();
    followOrThrow(visit, found.held, found.data);
    return visit.moved(found.held, outcome, found.data.facts);
  } catch (error) {
    if (!isSessionError(error)) throw error;
    engine.events.emit('failed', { error });
    return visit.moved(provisional, outcome, { ...facts, provisionalUntil });
  }
}

/** Another request renewed the token first. The changes of this request go to the moved session. */
async function stepAside(
  engine: Engine,
  visit: Visit,
  move: Move,
  budget: Budget,
): Promise<Outcome | 'moved'> {
  if (move.reason.kind !== 'renewal') return 'moved';
  await discard(engine, move, budget);
  return visit.outcome;
}

/**
 * Deletes the record only as this move wrote it: when another request ended it, its trace must
 * stay.
 */
async function discard({ settings }: Engine, { successor }: Move, budget: Budget): Promise<void> {
  if (successor !== undefined)
    await settings.persistence.discard(successor.id, successor.version, budget);
}

function reportMove(
  engine: Engine,
  visit: Visit,
  { kind }: Reason,
  { id: from, record }: Held,
  before: string,
): void {
  const { held } = visit;
  if (held === undefined) return;
  const { handle } = visit.facts;
  const { userId } = held.record;
  if (handle !== before) reportEnd(engine, { id: from, handle: before, record }, 'replaced');
  engine.events.emit('regenerated', { id: held.id, from, handle, userId, reason: kind });
}

function refused({ presented: { refusal } }: Visit): SessionError {
  return new SessionError('invalid-option', refusal ?? 'No token can be sent.');
}
