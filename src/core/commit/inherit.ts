import { isKey, quoted } from '../../data/path.js';
import { decodeTrace, type Facts } from '../../data/record-format.js';
import type { Budget } from '../../stores/contract/deadline.js';
import type { SessionRecord } from '../../stores/contract.js';
import { isSessionError, SessionError } from '../errors.js';
import { LONGEST_COOKIE } from '../expiry.js';
import type { Held, Place } from '../persistence.js';
import { dataOf, traceRecord } from '../renewal.js';
import type { Visit } from '../visit.js';
import { unknownConflict } from './contention.js';
import type { Engine } from './engine.js';
import { resultOf } from './move.js';
import { clientFacts, encode, usedNow } from './records.js';
import { ownRecord } from './save.js';

/** What another system kept of a session. */
export interface Kept {
  readonly data: object;
  readonly flash: object;
  readonly userId: string | undefined;
  /** `Infinity` when it never ends. */
  readonly expiresAt: number;
}

/**
 * Begins a session with what another system kept, and leaves a trace of that at `from`, in the form
 * of a renewal: all who come with the old cookie follow it. `false` when another request was
 * faster, or when the session that inherited is over.
 */
export async function beginInherited(
  engine: Engine,
  visit: Visit,
  from: Place,
  kept: Kept,
  budget: Budget,
): Promise<boolean> {
  const { settings } = engine;
  fill(visit, kept);
  const held = await begin(engine, visit, from, kept, budget);
  if (held === undefined) return false;
  visit.resume(held, dataOf(held.record, settings), undefined, undefined);
  return true;
}

async function begin(
  engine: Engine,
  visit: Visit,
  from: Place,
  { userId, expiresAt }: Kept,
  budget: Budget,
): Promise<Held | undefined> {
  const { settings, writers } = engine;
  const { persistence, now } = settings;
  const commit = writers.next();
  const time = now();
  const known: Facts = { ...visit.facts, ...(userId !== undefined && { loggedInAt: time }) };
  const record = {
    ...usedNow(engine, visit, known, visit.createdAt),
    ...(userId !== undefined && { userId }),
    ...clientFacts(engine, visit),
  };
  const recordOf = (facts: Facts): SessionRecord => ({
    ...record,
    data: encode(engine, visit, commit, facts),
  });
  if (!persistence.isShared) return sealed(engine, from, recordOf(known), budget);
  if (visit.mode.isReadOnly === true)
    return { ...from, record: recordOf(known), version: undefined };

  const { expiresAt: provisionalUntil } = record;
  const facts = { ...known, renewedFrom: [from.id], provisionalUntil, movedFrom: from.id };
  const provisional = recordOf(facts);
  const place = persistence.place();
  // Whoever follows the trace has to find the session.
  const created = await persistence.create(place, provisional, budget, true);
  const held = created ?? (await ownRecord(engine, place, commit, budget));
  if (held === undefined) throw unknownConflict('the record of its new token was taken');
  const end = Number.isFinite(expiresAt) ? expiresAt : time + LONGEST_COOKIE;
  const { handle } = known;
  const trace = { successor: place.id, follow: 'tokens' as const, usedAt: 0, commit, handle };
  const mark = traceRecord(provisional, trace, time, Math.max(end, provisionalUntil));
  if (await decide(engine, from, mark, commit, budget)) return held;
  await persistence.discard(held.id, held.version, budget);
  return undefined;
}

/** What does not fit the schema of the data is set aside. */
function fill(visit: Visit, { data, flash }: Pick<Kept, 'data' | 'flash'>): void {
  const { journal } = visit;
  for (const [key, value] of Object.entries({ ...data, ...flash })) {
    if (!isKey(key)) visit.note(`${quoted(key)} cannot be a key of session data, and is left out`);
    else
      try {
        if (Object.hasOwn(flash, key)) journal.flash(key, value);
        else journal.replace(key, value);
      } catch (error) {
        if (!isSessionError(error, 'invalid-data')) throw error;
        journal.data.putAside(key, error.message, journal.data.encodeValue(key, value));
      }
  }
}

/**
 * A sealed session leaves no trace. It has the id that the old cookie leads to, so whatever ends it
 * ends the old cookie too.
 */
async function sealed(
  { settings: { persistence } }: Engine,
  from: Place,
  record: SessionRecord,
  budget: Budget,
): Promise<Held | undefined> {
  const held = await persistence.create(from, record, budget);
  return held && persistence.touch(held, record.expiresAt, record.touchedAt, budget);
}

/** Leaves the trace, unless another request has left one. */
async function decide(
  { settings: { persistence } }: Engine,
  from: Place,
  trace: SessionRecord,
  commit: string,
  budget: Budget,
): Promise<boolean> {
  const left = await resultOf(() => persistence.create(from, trace, budget));
  if (left !== undefined && !(left instanceof SessionError)) return true;
  // The reply may have been lost, and the client library sent the trace again.
  const found = await persistence.read(from, budget);
  if (found !== undefined && decodeTrace(found.record.data)?.commit === commit) return true;
  if (left instanceof SessionError) throw left;
  return false;
}
