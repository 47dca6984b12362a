import type { SessionData } from '../data/data.js';
import { decodeTrace, encodeTrace, type Trace } from '../data/record-format.js';
import type { Budget } from '../stores/contract/deadline.js';
import { isMoved, type SessionRecord } from '../stores/contract.js';
import { isSessionError, SessionError } from './errors.js';
import type { Settings } from './options.js';
import type { Held, Place } from './persistence.js';

/**
 * Moved records. A session's record is never just deleted: one conditional update turns it into a
 * trace, which says where the session went and who may follow. After a lost or late reply, a commit
 * recognises its own trace. A list of a user's sessions finds a session that moved while the list
 * was read.
 *
 * Renewal of tokens on a timer (OWASP "renewal timeout"): the old token follows the trace until
 * `rotationOverlap` after the new one was first used. An old token that comes later means that
 * somebody has a copy, so the session ends.
 */

/** The most traces to follow. More than a few within `deadFor` mean a mistake or an attack. */
const MAX_HOPS = 64;

/** The purpose of a look-up, which decides the traces that it may follow. */
export type LookUp =
  /** A client presents a token: only renewals are followed, and a replay is noticed. */
  | 'token'
  /** A commit looks for its session: only renewals are followed, and no replay is noticed. */
  | 'commit'
  /** A verb by id: every trace is followed. */
  | 'id';

/** The result of a look-up. */
export type Found =
  | {
      readonly kind: 'session';
      readonly held: Held;
      readonly data: SessionData;
      /** Whether a renewed token was used after its time. */
      readonly isReplay: boolean;
    }
  /** The session ended or moved, and this look-up may not follow. */
  | { readonly kind: 'dead'; readonly id: string; readonly trace: Trace };

type Part = Pick<Settings, 'persistence' | 'createData' | 'maxLength' | 'rotationOverlap' | 'now'>;

/**
 * The session at a place, or where it moved. The result has the token of `place`.
 * @throws `invalid-record` for a record that cannot be read.
 */
export async function find(
  place: Place,
  lookUp: LookUp,
  settings: Part,
  budget: Budget,
): Promise<Found | undefined> {
  const { persistence, rotationOverlap, now } = settings;
  let isReplay = false;
  let next = place;
  for (let hops = 0; hops <= MAX_HOPS; hops++) {
    const held = await persistence.read(next, budget);
    if (held === undefined) return undefined;
    if (!isMoved(held.record))
      return { kind: 'session', held, data: dataOf(held.record, settings), isReplay };
    const trace = decodeTrace(held.record.data);
    if (trace === undefined) throw damaged();
    const mayFollow = lookUp === 'id' || trace.follow === 'tokens';
    if (trace.successor === undefined || !mayFollow) return { kind: 'dead', id: held.id, trace };
    if (lookUp === 'token' && trace.usedAt > 0 && now() - trace.usedAt > rotationOverlap)
      isReplay = true;
    next = { id: trace.successor, token: place.token };
  }
  return undefined;
}

/**
 * The data of a session's record.
 * @throws `invalid-record` when the data is damaged, or longer than `maxLength`.
 */
export function dataOf(
  { data }: SessionRecord,
  { createData, maxLength }: Pick<Settings, 'createData' | 'maxLength'>,
): SessionData {
  if (data.length > maxLength) throw tooLong(data.length, maxLength);
  return createData().fill(data);
}

/** The record of a trace, in place of the old record. `byUser` finds it too: see users.ts. */
export function traceRecord(
  { userId }: SessionRecord,
  trace: Trace,
  now: number,
  expiresAt: number,
): SessionRecord {
  const user = userId === undefined ? {} : { userId };
  return { data: encodeTrace(trace), createdAt: 0, touchedAt: now, expiresAt, ...user };
}

/**
 * Changes the trace of a renewed token, if there still is a trace: notes that its successor was
 * used, or where the session is now. With `until` the trace lives at least until this time, in
 * epoch milliseconds. Other requests may change it at the same time; no change is lost.
 */
export async function changeTrace(
  id: string,
  change: (trace: Trace) => Trace,
  { persistence }: Pick<Settings, 'persistence'>,
  budget: Budget,
  until = 0,
): Promise<void> {
  for (;;) {
    const held = await persistence.read({ id, token: '' }, budget);
    if (held === undefined || !isMoved(held.record)) return;
    const trace = decodeTrace(held.record.data);
    if (trace === undefined) return;
    const changed = change(trace);
    const expiresAt = Math.max(held.record.expiresAt, until);
    if (changed === trace && expiresAt === held.record.expiresAt) return;
    const record = { ...held.record, data: encodeTrace(changed), expiresAt };
    if ((await persistence.update(held, record, budget)) !== undefined) return;
  }
}

/** The result of `task`, or `unreadable` for a record that cannot be read. */
export async function readable<Result>(
  task: () => Promise<Result>,
): Promise<Result | 'unreadable'> {
  try {
    return await task();
  } catch (error) {
    if (isSessionError(error, 'invalid-record')) return 'unreadable';
    throw error;
  }
}

function damaged(): SessionError {
  return new SessionError(
    'invalid-record',
    'The trace of a session that moved is damaged, or was written by a later version. Destroy it.',
  );
}

function tooLong(length: number, maxLength: number): SessionError {
  return new SessionError(
    'invalid-record',
    `A stored session is ${length} characters long, above maxLength (${maxLength}). Raise maxLength, or destroy the session.`,
  );
}
