import type { Facts } from '../../data/record-format.js';
import type { Budget } from '../../stores/contract/deadline.js';
import type { SessionRecord } from '../../stores/contract.js';
import type { EndReason } from '../events.js';
import type { Held, Place } from '../persistence.js';
import { find, type LookUp, readable, traceRecord } from '../renewal.js';
import type { Visit } from '../visit.js';
import type { Outcome } from '../visit-states.js';
import { Contention } from './contention.js';
import type { Engine } from './engine.js';

/** The session that ended. */
export interface Ended {
  readonly id: string;
  readonly handle: string | undefined;
  /** As it was last read. */
  readonly record?: SessionRecord | undefined;
}

/** The session to end, as it was last read. */
interface Known {
  readonly held: Held;
  readonly handle: string;
  /** Whether a session that was found under another id is still the session to end. */
  readonly isSame?: ((facts: Facts) => boolean) | undefined;
}

/**
 * Ends the session at a place, or where the look-up now finds it, even while other requests use it.
 * Returns `undefined` when there was none.
 */
export async function endSession(
  engine: Engine,
  place: Place,
  lookUp: LookUp,
  reason: EndReason,
  budget: Budget,
  known?: Known,
): Promise<Ended | undefined> {
  const { settings, events, writers } = engine;
  const { persistence, now, deadFor } = settings;
  const commit = writers.next();
  const others = new Contention(events, budget);
  let held = known?.held;
  let handle = known?.handle;
  let record = held?.record;
  for (;;) {
    if (held === undefined) {
      const found = await readable(() => find(place, lookUp, settings, budget));
      if (found === 'unreadable') {
        if ((await persistence.discard(place.id, undefined, budget)) === false) return undefined;
        return reported(engine, { id: place.id, handle: undefined }, reason);
      }
      if (found === undefined) return undefined;
      // The reply was lost, and the client library sent the trace again.
      if (found.kind === 'dead')
        return found.trace.commit === commit
          ? reported(engine, { id: found.id, handle: found.trace.handle, record }, reason)
          : undefined;
      if (known?.isSame?.(found.data.facts) === false) return undefined;
      held = found.held;
      handle = found.data.facts.handle;
      record = held.record;
    }
    const time = now();
    const trace = { follow: 'ids' as const, usedAt: 0, commit, handle: handle ?? '' };
    const mark = traceRecord(held.record, trace, time, time + deadFor);
    if (await persistence.retire(held, mark, budget))
      return reported(engine, { id: held.id, handle, record }, reason);
    const { id } = held;
    held = undefined;
    await others.refused(id);
  }
}

function reported(engine: Engine, ended: Ended, reason: EndReason): Ended {
  reportEnd(engine, ended, reason);
  return ended;
}

/** Tells that a session ended; now, unless `endedAt` says when. */
export function reportEnd(
  { events, settings }: Engine,
  { id, handle, record }: Ended,
  reason: EndReason,
  endedAt: number = settings.now(),
): void {
  const { userId, createdAt } = record ?? {};
  events.emit('ended', { id, handle, userId, createdAt, endedAt, reason });
}

/**
 * Ends the session of a visit, also when another request regenerates it meanwhile. `gone`: another
 * request had ended the session, or the user logged in since. A request from before a login must
 * not undo it.
 */
export async function endVisit(
  engine: Engine,
  visit: Visit,
  reason: EndReason,
  budget: Budget,
): Promise<Outcome> {
  const { held, where } = visit;
  if (where.kind === 'ended' || where.kind === 'gone') return visit.outcome;
  if (held === undefined) return visit.end();
  const { handle, loggedInAt } = visit.facts;
  const isSame = (facts: Facts): boolean => facts.loggedInAt === loggedInAt;
  const known = { held, handle, isSame };
  if ((await endSession(engine, held, 'id', reason, budget, known)) !== undefined)
    return visit.end();
  engine.events.emit('gone', { id: held.id });
  return visit.lose();
}
