import { type Duration, milliseconds } from '../../core/internal.js';
import { withDeadline } from '../../stores/contract/deadline.js';
import type { SessionStore } from '../../stores/contract.js';

/** An option of the functions that put a Sojourn store into another framework. */
export interface StoreTimeoutOption {
  /** How long a store call may take before it fails with `store-timeout`. Default `'2s'`. */
  readonly storeTimeout?: Duration | undefined;
}

/** The longest time of a Node timer, in milliseconds. */
const MAX_TIMER = 2_147_483_647;

/**
 * The option in milliseconds.
 * @throws `invalid-option` when `storeTimeout` is not a duration.
 */
export function timeoutOf(storeTimeout: Duration = '2s'): number {
  return Math.min(milliseconds(storeTimeout, 'storeTimeout'), MAX_TIMER);
}

/**
 * The store with a deadline for the verbs of a request, since the framework would wait for ever.
 * @throws `invalid-option` when `storeTimeout` is not a duration.
 */
export function inTime(store: SessionStore, storeTimeout?: Duration): SessionStore {
  return withDeadline(store, timeoutOf(storeTimeout));
}
