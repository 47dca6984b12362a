import { budgetOf, type StoreCall, within } from '../stores/contract/deadline.js';
import type { SessionStore } from '../stores/contract.js';
import type { Engine } from './commit/engine.js';
import { isSessionError } from './errors.js';

/**
 * One call of a store's ability, for verbs without a request. Every call has a deadline of its own.
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
    return await within(budgetOf(settings.storeTimeout), name, verb, call);
  } catch (error) {
    outcome = isSessionError(error, 'store-timeout') ? 'timeout' : 'failed';
    throw error;
  } finally {
    const milliseconds = performance.now() - since;
    events.emit('storeCall', { store: name, verb, milliseconds, outcome });
  }
}
