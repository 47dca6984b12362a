import { budgetOf } from '../stores/contract/deadline.js';
import type { Engine } from './commit/engine.js';
import { perform, stepOf } from './commit/perform.js';
import { isSessionError } from './errors.js';
import type { Visit } from './visit.js';
import type { Outcome } from './visit-states.js';

/**
 * Stores what a visit changed, before its response. When it is not known whether the store has the
 * changes, the response fails too.
 */
export async function saveVisit(engine: Engine, visit: Visit): Promise<Outcome> {
  try {
    const budget = budgetOf(engine.settings.storeTimeout);
    return await perform(engine, visit, stepOf(engine, visit, true), budget);
  } catch (error) {
    if (isSessionError(error) && error.status === 503) visit.fail(error, true);
    throw error;
  }
}
