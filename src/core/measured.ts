import { isSessionError, type SessionError } from './errors.js';
import type { Events, SessionEvents } from './events.js';
import type { Visit } from './visit.js';
import type { Outcome } from './visit-states.js';

/** The events that say how long a step of a request took. */
type Measured = 'opened' | 'committed';

/** What is known of a step beside its time. */
type Known<Name extends Measured> = Omit<SessionEvents[Name], 'milliseconds' | 'error'>;

/** Runs a step of a request, and tells how long it took while anybody listens. */
export async function measured<Name extends Measured, Result>(
  events: Events,
  name: Name,
  task: () => Promise<Result>,
  known: (result: Result | undefined) => Known<Name>,
): Promise<Result> {
  if (!events.has(name)) return task();
  const since = performance.now();
  const tell = (result: Result | undefined, error?: SessionError): void => {
    const milliseconds = performance.now() - since;
    const event = { ...known(result), milliseconds, ...(error !== undefined && { error }) };
    events.emit(name, event as SessionEvents[Name]);
  };
  try {
    const result = await task();
    tell(result);
    return result;
  } catch (error) {
    tell(undefined, isSessionError(error) ? error : undefined);
    throw error;
  }
}

/** What `committed` says of a visit and what its commit came to; none when it failed. */
export function committedAs(visit: Visit, outcome: Outcome | undefined): Known<'committed'> {
  return { outcome: outcome ?? 'failed', id: visit.held?.id };
}

/** What `opened` says of a visit; of none when the opening failed. */
export function openedAs(visit: Visit | undefined): Known<'opened'> {
  const id = visit?.held?.id;
  if (visit === undefined || visit.mode.outage !== undefined) return { found: 'unreadable', id };
  if (visit.where.kind === 'gone') return { found: 'gone', id };
  return { found: id === undefined ? 'new' : 'stored', id };
}
