import type { SessionData } from '../data/data.js';
import type { Request } from '../http/request.js';
import type { Presented } from '../http/transport.js';
import { budgetOf } from '../stores/contract/deadline.js';
import { isMoved } from '../stores/contract.js';
import type { Engine } from './commit/engine.js';
import { isSessionError, type SessionError } from './errors.js';
import { clocksOf, expiredBy } from './expiry.js';
import type { Settings } from './options.js';
import type { Held } from './persistence.js';
import { dataOf, readable } from './renewal.js';
import { Visit } from './visit.js';
import type { VisitMode } from './visit-states.js';

/** A copy that the store kept of the session of a token. */
interface Copy {
  readonly token: string;
  readonly held: Held;
  readonly data: SessionData;
}

/**
 * The visit of a request whose session cannot be read, as `onStoreError` says: a copy that may be
 * old, an empty session, or none. Both are read-only.
 * @throws `error`, when the policy lets the request fail.
 */
export async function visitWithoutStore(
  { settings, events }: Engine,
  request: Request,
  presented: Presented,
  mode: VisitMode,
  error: SessionError,
): Promise<Visit> {
  const { served, staleFor } = settings.outage(request);
  const copy = staleFor === undefined ? undefined : await copyOf(settings, presented, staleFor);
  if (copy !== undefined) {
    const visit = new Visit(request, presented, settings, { ...mode, outage: 'stale' });
    visit.resume(copy.held, copy.data, copy.token, undefined);
    visit.note(`an old copy, read-only: ${error.message}`);
    events.emit('outage', { served: 'stale' });
    return visit;
  }
  if (served === 'fail') throw error;
  const visit = new Visit(request, presented, settings, { ...mode, outage: 'anonymous' });
  visit.standIn();
  visit.note(`empty and read-only: ${error.message}`);
  events.emit('outage', { served: 'anonymous' });
  return visit;
}

/** The copy of the only token of a request. Copies of moved sessions lead nowhere. */
async function copyOf(
  settings: Settings,
  { tokens: [token, ...others] }: Presented,
  staleFor: number,
): Promise<Copy | undefined> {
  const { persistence, clocks, now, storeTimeout } = settings;
  if (token === undefined || others.length > 0) return undefined;
  const place = persistence.locate(token);
  if (typeof place === 'string') return undefined;
  try {
    const copy = await readable(async () => {
      const held = await persistence.readStale?.(place, staleFor, budgetOf(storeTimeout));
      if (held === undefined || isMoved(held.record)) return undefined;
      const data = dataOf(held.record, settings);
      const isOver = expiredBy(clocksOf(clocks, data.facts), held.record, now()) !== undefined;
      return isOver ? undefined : { token, held, data };
    });
    return copy === 'unreadable' ? undefined : copy;
  } catch (error) {
    if (isSessionError(error)) return undefined;
    throw error;
  }
}
