import { budgetOf } from '../stores/contract/deadline.js';
import type { Engine } from './commit/engine.js';
import { perform, stepOf } from './commit/perform.js';
import { isProduction } from './environment.js';
import { isSessionError, SessionError } from './errors.js';
import type { Visit } from './visit.js';

/** The visit for reading: the response depends on the session from here on. */
export function read(visit: Visit): Visit {
  visit.access();
  return visit;
}

/**
 * The visit for a verb that ends the session.
 * @throws `commit-failed`, `read-only`.
 */
export function endable(visit: Visit): Visit {
  visit.access();
  if (visit.isFinal) {
    throw new SessionError(
      'commit-failed',
      'The session could not be stored, so this request cannot change it any more. Answer with an error, and let the visitor try again.',
      { cause: visit.failure },
    );
  }
  if (visit.isReadOnly) {
    const { isReadOnly, howToWrite = 'Open it without readOnly to change it.' } = visit.mode;
    throw new SessionError(
      'read-only',
      isReadOnly === true
        ? `The session was opened for reading. ${howToWrite}`
        : 'The session could not be read, so it cannot be changed. Check isReadOnly first, or let the request fail (onStoreError).',
    );
  }
  return visit;
}

/**
 * The visit for a verb that uses the session.
 * @throws `ended` when this request destroyed the session; the errors of {@link endable}.
 */
export function usable(visit: Visit): Visit {
  endable(visit);
  if (visit.where.kind === 'ended') {
    throw new SessionError(
      'ended',
      'The session was destroyed and cannot be used again. Use invalidate() or logout() to go on with an empty one.',
    );
  }
  return visit;
}

/**
 * The visit for a verb that changes data. After the response began, a change is an error; in
 * production it is stored by a second commit where the client has the token.
 * @throws `too-late`; the errors of {@link usable}.
 */
export function writable(visit: Visit, engine: Engine): Visit {
  usable(visit);
  if (!visit.hasResponded) return visit;
  if (visit.held === undefined || visit.held.isSealed === true || !isProduction()) {
    throw new SessionError(
      'too-late',
      'The session was changed after its response began. Change it before, or answer later; save() works when the client already has the token.',
    );
  }
  storeLate(engine, visit);
  return visit;
}

/**
 * The visit for a verb that needs a new token.
 * @throws `too-late`; the errors of {@link usable}.
 */
export function movable(visit: Visit): Visit {
  usable(visit);
  if (!visit.hasResponded) return visit;
  throw new SessionError(
    'too-late',
    'The response began, so it cannot carry a new token. Call regenerate and login before it begins.',
  );
}

/** Stores a write that came after the response. An error becomes an event. */
function storeLate(engine: Engine, visit: Visit): void {
  storeInTurn(engine, visit).catch((error) => {
    if (!isSessionError(error)) throw error;
    engine.events.emit('failed', { error });
  });
}

async function storeInTurn(engine: Engine, visit: Visit): Promise<void> {
  // The verb that asked changes the data only after it was allowed to.
  await Promise.resolve();
  await visit.turns.run(async () => {
    const budget = budgetOf(engine.settings.storeTimeout);
    return { result: await perform(engine, visit, stepOf(engine, visit, true), budget) };
  });
}

/**
 * The value for the handler. When the visit stores nothing, it is a frozen copy, since a change in
 * place would be lost silently.
 */
export function handedOut({ isReadOnly }: Visit, value: unknown): unknown {
  if (!isReadOnly || typeof value !== 'object' || value === null) return value;
  return freeze(structuredClone(value));
}

function freeze(value: object): object {
  for (const part of Object.values(value))
    if (typeof part === 'object' && part !== null) freeze(part);
  return Object.freeze(value);
}
