import type { Trace } from '../../data/record-format.js';
import type { Budget } from '../../stores/contract/deadline.js';
import { isSessionError } from '../errors.js';
import type { Held } from '../persistence.js';
import { changeTrace } from '../renewal.js';
import type { Visit } from '../visit.js';
import type { Engine } from './engine.js';

/** Changes that commits make in the traces of renewed tokens. */

/** Points the client's old token directly at the newest one, so chains stay short. */
export async function shorten(
  { settings }: Engine,
  via: string | undefined,
  { id, record }: Held,
  budget: Budget,
): Promise<void> {
  if (via === undefined) return;
  const change = (trace: Trace): Trace =>
    trace.successor === id ? trace : { ...trace, successor: id };
  await changeTrace(via, change, settings, budget, record.expiresAt);
}

/**
 * Extends the trace of the old token too, since this client still uses it. The session itself is
 * stored, so a failure is only an event.
 */
export async function touchVia(
  { settings, events }: Engine,
  { via }: Visit,
  { id, record }: Held,
  budget: Budget,
): Promise<void> {
  if (via === undefined || via === id) return;
  try {
    await changeTrace(via, (trace) => trace, settings, budget, record.expiresAt);
  } catch (error) {
    if (!isSessionError(error)) throw error;
    events.emit('failed', { error });
  }
}

/** Whether the client sends a renewed token for the first time. */
export function isFirstUse({ facts, via, hasClient }: Visit): boolean {
  return hasClient && facts.renewedFrom !== undefined && via === undefined;
}

/**
 * Notes that a renewed token came back for the first time, in the traces of the tokens that it
 * replaced. They stop working after `rotationOverlap`. Returns whether the session's own record
 * must be written too.
 */
export async function noteFirstUse(
  { settings, events }: Engine,
  visit: Visit,
  budget: Budget,
): Promise<boolean> {
  const { renewedFrom = [] } = visit.facts;
  const usedAt = settings.now();
  const change = (trace: Trace): Trace => (trace.usedAt === 0 ? { ...trace, usedAt } : trace);
  try {
    for (const id of renewedFrom) await changeTrace(id, change, settings, budget);
  } catch (error) {
    if (!isSessionError(error)) throw error;
    events.emit('failed', { error });
    return false;
  }
  visit.learn({ renewedFrom: undefined });
  return true;
}
