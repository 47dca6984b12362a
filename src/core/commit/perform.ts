import type { Budget } from '../../stores/contract/deadline.js';
import { isSessionError } from '../errors.js';
import { nextStep, type Step } from '../next-step.js';
import type { Visit } from '../visit.js';
import type { Outcome } from '../visit-states.js';
import type { Engine } from './engine.js';
import { writeSuccessor } from './move.js';
import { create, touch, update } from './save.js';
import { isFirstUse, noteFirstUse, shorten } from './traces.js';

/** The next step of a visit. With `saves`, without a renewal, which needs the response. */
export function stepOf({ settings, touches }: Engine, visit: Visit, saves = false): Step {
  const { held } = visit;
  const { touchAfter } = visit.clocks;
  const isTouchOpen = held === undefined || touches.isOpen(held.id, touchAfter, settings.now());
  const { now, rotateAfter, newcomers } = settings;
  const rules = { now, rotateAfter: saves ? undefined : rotateAfter, newcomers };
  return nextStep(visit, rules, isTouchOpen);
}

/** Takes one step. Only a change of the handler may fail its request. */
export async function perform(
  engine: Engine,
  visit: Visit,
  step: Step,
  budget: Budget,
): Promise<Outcome> {
  switch (step) {
    case 'nothing':
      return visit.outcome;
    case 'create':
      return create(engine, visit, budget);
    case 'update':
      if (visit.journal.isChanged || visit.isAskedFor('store'))
        return update(engine, visit, budget);
      return optional(engine, visit, () => update(engine, visit, budget));
    case 'touch':
      return optional(engine, visit, () => touch(engine, visit, budget));
    case 'renew':
      return renew(engine, visit, budget);
  }
}

/**
 * Gives the session a new token, which leaves with the response. When the renewal fails, or another
 * request renewed first, the changes still have to be stored.
 */
async function renew(engine: Engine, visit: Visit, budget: Budget): Promise<Outcome> {
  const commit = engine.writers.next();
  // Another request of this process may write between the renewal and the update.
  return engine.writers.doubt(commit, () => renewAs(commit, engine, visit, budget));
}

async function renewAs(
  commit: string,
  engine: Engine,
  visit: Visit,
  budget: Budget,
): Promise<Outcome> {
  const { via } = visit;
  let isRenewed = false;
  const outcome = await optional(engine, visit, async () => {
    if (isFirstUse(visit)) await noteFirstUse(engine, visit, budget);
    const renewed = await writeSuccessor(engine, visit, { kind: 'renewal' }, budget, commit);
    isRenewed = renewed === 'regenerated';
    const { held } = visit;
    if (isRenewed && held !== undefined) await shorten(engine, via, held, budget);
    return renewed;
  });
  if (visit.held === undefined || !visit.journal.isPending) return outcome;
  // A renewal that failed may be stored all the same: the update must recognise its changes.
  return isRenewed ? update(engine, visit, budget) : update(engine, visit, budget, commit);
}

/** Work that a later request repeats when the store fails. */
async function optional(
  { events }: Engine,
  visit: Visit,
  task: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await task();
  } catch (error) {
    if (!isSessionError(error)) throw error;
    events.emit('failed', { error });
    return visit.outcome;
  }
}
