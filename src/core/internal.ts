import type { SetAside } from '../data/aside.js';
import { read } from './access.js';
import { Session, visitOf } from './session.js';

/**
 * The one door for the rooms that build on the core, such as dialects, bridges, dbsc and admin. But
 * for errors, durations and public types, everything else of the core is its own.
 */

export type { SetAside } from '../data/aside.js';
export { type Entry, SessionData, UNREAD } from '../data/data.js';
export { Adding, Incrementing, type Operation, Setting, Updating } from '../data/operations.js';
export {
  type AnyPath,
  type Complete,
  changeAt,
  type ElementAt,
  isKey,
  type KeysOf,
  type PathOf,
  type PathTo,
  parsePath,
  quoted,
  type ValueAt,
  valueAt,
} from '../data/path.js';
export { decodeTrace } from '../data/record-format.js';
export { isObject, isSame } from '../data/values.js';
export { Contention } from './commit/contention.js';
export { createTouches } from './commit/touches.js';
export { currentOf, runWith } from './context.js';
export { DeviceRecord } from './device.js';
export { createEvents, type Events, type SessionEvents, type SessionListener } from './events.js';
export { type Duration, milliseconds } from './expiry.js';
export type { LoginOptions } from './identity.js';
export { refuseUnknown } from './known-options.js';
export { Line } from './lines.js';
export type { DataSchema, ReportAside, SessionOptions } from './options.js';
export {
  type GatheredCookie,
  type Inheritance,
  type Inherited,
  type Predecessor,
  type PredecessorCookie,
  predecessor,
} from './predecessor.js';
export { traceRecord } from './renewal.js';
export type { DefaultData, Session } from './session.js';
export { createSessions, type Sessions } from './sessions.js';
export { type SessionsSetUp, type StoreAccess, setUpOf, storeOf } from './store-of.js';
export type { Outcome } from './visit-states.js';

/** What was set aside of the session's data. */
export function asideOf<Data extends object>(session: Session<Data>): SetAside[] {
  return read(visitOf(session)).journal.data.asides();
}

/** Whether the session has a CSRF token. This creates none. */
export function hasCsrfToken<Data extends object>(session: Session<Data>): boolean {
  return visitOf(session).journal.data.facts.csrf !== undefined;
}

/** Whether a session is with its client alone, where no other request can look at it. */
export function isSealed(session: object): boolean {
  return session instanceof Session && visitOf(session).held?.isSealed === true;
}
