import type { SetAside } from '../data/aside.js';
import type { SessionData } from '../data/data.js';
import { decodeTrace, type Facts, type Trace } from '../data/record-format.js';
import { budgetOf } from '../stores/contract/deadline.js';
import { isMoved, type SessionEntry } from '../stores/contract.js';
import type { Engine } from './commit/engine.js';
import { clocksOf, expiredBy } from './expiry.js';
import { dataOf, readable } from './renewal.js';
import type { DefaultData } from './session.js';

/** A copy of a stored session. Changes to the copy are not stored. */
export interface SessionSnapshot<Data extends object = DefaultData> {
  readonly id: string;
  /** The session's name, which stays while token and id change. */
  readonly handle: string;
  readonly data: Partial<Data>;
  /** In epoch milliseconds, like the other times. */
  readonly createdAt: number;
  readonly touchedAt: number;
  readonly expiresAt: number;
  readonly userId: string | undefined;
  readonly loggedInAt: number | undefined;
  /** Only with `clientFacts: true`. */
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
  /** Values that do not fit the schema of the data (`sojourn/schema`). */
  readonly aside: readonly SetAside[];
  /** How many characters its data have as text, before they are encrypted. */
  readonly size: number;
}

/** The snapshot of a record with decrypted data. */
export function snapshotOf<Data extends object>(
  { id, record }: SessionEntry,
  decoded: SessionData,
): SessionSnapshot<Data> {
  const data: Record<string, unknown> = Object.create(null);
  for (const key of decoded.keys()) data[key] = decoded.get(key);
  const { createdAt, touchedAt, expiresAt, userId, ipAddress, userAgent } = record;
  const { handle, loggedInAt } = decoded.facts;
  return {
    id,
    handle,
    data: data as Partial<Data>,
    createdAt,
    touchedAt,
    expiresAt,
    userId,
    loggedInAt,
    ipAddress,
    userAgent,
    aside: decoded.asides(),
    size: record.data.length,
  };
}

/**
 * The session of an entry that a store listed; `undefined` when it is over, cannot be read, or
 * belongs to no client.
 */
export async function listed<Data extends object>(
  engine: Engine,
  { id, record }: SessionEntry,
): Promise<SessionSnapshot<Data> | undefined> {
  const { settings, events } = engine;
  const { persistence, clocks, now } = settings;
  const snapshot = await readable(async () => {
    const opened = persistence.open?.({ id, record }) ?? record;
    if (isMoved(opened)) return undefined;
    const decoded = dataOf(opened, settings);
    const { facts } = decoded;
    if (expiredBy(clocksOf(clocks, facts), opened, now()) !== undefined) return undefined;
    if (!(await isHeld(engine, id, facts))) return undefined;
    return snapshotOf<Data>({ id, record: opened }, decoded);
  });
  if (snapshot !== 'unreadable') return snapshot;
  events.emit('rejected', { reason: 'record', id });
  return undefined;
}

/** Whether a record counts as a session: while a move is under way, its trace decides. */
export async function isSession(engine: Engine, id: string, facts: Facts): Promise<boolean> {
  return facts.provisionalUntil === undefined || (await traceTo(engine, id, facts)) !== undefined;
}

/**
 * Whether a client holds the session of a record. While a move is under way, only a renewal leads
 * the client there, by the old token. A process that dies in the middle of a login leaves a record
 * that nobody holds.
 */
export async function isHeld(engine: Engine, id: string, facts: Facts): Promise<boolean> {
  if (facts.provisionalUntil === undefined) return true;
  return (await traceTo(engine, id, facts))?.follow === 'tokens';
}

/** The trace that leads to a record whose move is not confirmed. */
async function traceTo(
  { settings: { persistence, storeTimeout } }: Engine,
  id: string,
  { movedFrom }: Facts,
): Promise<Trace | undefined> {
  if (movedFrom === undefined) return undefined;
  const old = await persistence.read({ id: movedFrom, token: '' }, budgetOf(storeTimeout));
  if (old === undefined || !isMoved(old.record)) return undefined;
  const trace = decodeTrace(old.record.data);
  return trace?.successor === id ? trace : undefined;
}
