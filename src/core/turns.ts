import { budgetOf } from '../stores/contract/deadline.js';
import { endVisit } from './commit/end.js';
import type { Engine } from './commit/engine.js';
import { isSessionError } from './errors.js';
import type { Visit } from './visit.js';
import type { Outcome } from './visit-states.js';

type Check = (visit: Visit) => Visit;
type Verb<Result> = (engine: Engine, visit: Visit) => Promise<Result>;

/** Runs an asynchronous verb behind the earlier ones of its visit. `check` says whether it may. */
export function inTurn<Result>(
  engine: Engine,
  visit: Visit,
  check: Check,
  verb: Verb<Result>,
): Promise<Result> {
  const turn = visit.turns.run(async () => ({ result: await verb(engine, check(visit)) }));
  // The response reports a failure that nobody awaits; once it has left, an event does.
  turn.catch((error) => {
    if (isSessionError(error, 'too-late')) engine.events.emit('failed', { error });
  });
  return turn;
}

/**
 * As {@link inTurn}, for a verb that changes whose session it is. A failure also fails the
 * response, so that one nobody awaited is not lost; repeating the verb with success takes the
 * failure back.
 */
export function changeInTurn(
  engine: Engine,
  visit: Visit,
  check: Check,
  verb: Verb<Outcome>,
): Promise<Outcome> {
  return inTurn(engine, visit, check, async () => {
    try {
      const outcome = await verb(engine, visit);
      visit.recover();
      return outcome;
    } catch (error) {
      // A limit is an answer for the handler, not a failure.
      if (!isSessionError(error, 'session-limit')) visit.fail(error, false);
      throw error;
    }
  });
}

/** Ends the session of a visit, and begins an empty one in its place. */
export async function endAndBegin(
  engine: Engine,
  visit: Visit,
  reason: 'logout' | 'destroyed',
): Promise<Outcome> {
  const budget = budgetOf(engine.settings.storeTimeout);
  const outcome = await endVisit(engine, visit, reason, budget);
  if (outcome === 'destroyed') visit.begin();
  return outcome;
}
