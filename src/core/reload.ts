import { budgetOf } from '../stores/contract/deadline.js';
import type { Engine } from './commit/engine.js';
import { find } from './renewal.js';
import type { Visit } from './visit.js';
import type { Outcome } from './visit-states.js';

/** Drops the changes of a visit and reads its session again. */
export async function reloadVisit({ settings }: Engine, visit: Visit): Promise<Outcome> {
  const { held } = visit;
  if (held === undefined) {
    if (visit.where.kind === 'gone') return 'gone';
    return visit.reload(undefined, settings.createData());
  }
  const found = await find(held, visit.lookUp, settings, budgetOf(settings.storeTimeout));
  return found?.kind === 'session'
    ? visit.reload(found.held, found.data)
    : visit.reload(undefined, settings.createData());
}
