import { budgetOf, type StoreCall, within } from '../stores/contract/deadline.js';
import type { SessionStore } from '../stores/contract.js';
import type { Engine } from './commit/engine.js';
import { isSessionError } from './errors.js';
import { MAX_TIMER } from './option-checks.js';

/** Verbs that walk a whole store, and how many times as long as other calls they may take. */
const WALKS: ReadonlySet<string> = new Set(['clear', 'count', 'prune']);
const WALK_FACTOR = 300;

/**
 * One call of a store's ability, for verbs without a request. Every call has a deadline of its own:
 * `storeTimeout`, and 300 times as long for a walk through the whole store.
 * @throws `store-failed`, `store-timeout`.
 */
export async function callStore<Result>(
  { settings, events }: Engine,
  { name }: SessionStore,
  verb: string,
  call: () => Promise<Result>,
): Promise<Result> {
  const since = performance.now();
  let outcome: StoreCall['outcome'] = 'ok';
  try {
    const timeout = settings.storeTimeout * (WALKS.has(verb) ? WALK_FACTOR : 1);
    return await within(budgetOf(Math.min(timeout, MAX_TIMER)), name, verb, call);
  } catch (error) {
    outcome = isSessionError(error, 'store-timeout') ? 'timeout' : 'failed';
    throw error;
  } finally {
    const milliseconds = performance.now() - since;
    events.emit('storeCall', { store: name, verb, milliseconds, outcome });
  }
}
