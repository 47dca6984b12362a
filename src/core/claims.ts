import { setTimeout as pause } from 'node:timers/promises';
import { Taking } from '../data/operations.js';
import type { Keys } from '../data/path.js';
import { tokenId } from '../keys/token.js';
import { budgetOf } from '../stores/contract/deadline.js';
import type { Engine } from './commit/engine.js';
import { isSessionError, SessionError } from './errors.js';
import { clockMilliseconds, type Duration } from './expiry.js';
import type { Held } from './persistence.js';
import { saveVisit } from './save-visit.js';
import type { Visit } from './visit.js';
import type { Outcome } from './visit-states.js';

/** Bounds of `session.exclusively`. */
export interface ExclusiveOptions {
  /** How long to wait for other requests. Default `'10s'`. */
  readonly wait?: Duration | undefined;
  /** How long the task may run before others stop waiting for it. Default `'30s'`. */
  readonly atMost?: Duration | undefined;
}

/** The verbs of a session that an exclusive task needs around it. */
interface Saves {
  save(): Promise<Outcome>;
  reload(): Promise<Outcome>;
}

const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 200;

/** Stores the changes, and the session in the store, even if it could be left to its client. */
export async function moveToStore(engine: Engine, visit: Visit): Promise<Outcome> {
  requireShared(engine, 'moveToStore');
  visit.askFor('store');
  return saveVisit(engine, visit);
}

/** Removes a value and stores that at once; gives the value when no other request took it first. */
export async function takeValue(engine: Engine, visit: Visit, keys: Keys): Promise<unknown> {
  requireShared(engine, 'take');
  visit.askFor('store');
  visit.journal.spareFlash(keys[0]);
  // With nothing else to store, the removal is the only change that may meet a conflict.
  await saveVisit(engine, visit);
  if (!visit.journal.exists(keys)) return undefined;
  const taking = new Taking(keys);
  visit.journal.apply(taking);
  const outcome = await saveVisit(engine, visit);
  return outcome === 'gone' ? undefined : taking.taken;
}

/**
 * Runs `task` while no other request of the session runs one, in any process. The lock is a record
 * of its own in the store, which expires after `atMost`. Changes of a task that throws are dropped.
 * @throws `conflict` when others do not end within `wait`, or the task does not within `atMost`.
 */
export async function runExclusively<Result>(
  engine: Engine,
  visit: Visit,
  session: Saves,
  task: () => Promise<Result>,
  { wait = '10s', atMost = '30s' }: ExclusiveOptions = {},
): Promise<Result> {
  requireShared(engine, 'exclusively');
  visit.askFor('store');
  const { now } = engine.settings;
  const bounds = {
    wait: clockMilliseconds(wait, 'wait'),
    atMost: clockMilliseconds(atMost, 'atMost'),
  };
  await session.save();
  // Nobody else can know a session that is not stored yet.
  if (visit.held === undefined) return task();
  const lock = await acquire(engine, visit.facts.handle, bounds);
  try {
    await session.reload();
    const result = await task();
    if (now() >= lock.record.expiresAt) throw ranTooLong(bounds.atMost);
    await session.save();
    return result;
  } catch (error) {
    // The response must not store what the task changed.
    if (!visit.isFinal) await session.reload();
    throw error;
  } finally {
    await release(engine, lock);
  }
}

/** A lock that cannot be released expires. */
async function release({ settings, events }: Engine, { id, version }: Held): Promise<void> {
  try {
    await settings.persistence.discard(id, version, budgetOf(settings.storeTimeout));
  } catch (error) {
    if (!isSessionError(error)) throw error;
    events.emit('failed', { error });
  }
}

async function acquire(
  { settings: { persistence, storeTimeout, now } }: Engine,
  handle: string,
  { wait, atMost }: { wait: number; atMost: number },
): Promise<Held> {
  const place = { id: tokenId(`exclusively ${handle}`), token: '' };
  const until = performance.now() + wait;
  for (let longest = FIRST_PAUSE; ; longest = Math.min(longest * 2, LONGEST_PAUSE)) {
    const time = now();
    // As a trace it is in no list and no count.
    const record = { data: '', createdAt: 0, touchedAt: time, expiresAt: time + atMost };
    const lock = await persistence.create(place, record, budgetOf(storeTimeout));
    if (lock !== undefined) return lock;
    const left = until - performance.now();
    if (left <= 0) throw waitedTooLong(wait);
    await pause(Math.min(left, longest * (0.5 + Math.random() / 2)));
  }
}

/** @throws `unsupported`. */
export function requireShared({ settings }: Engine, verb: string): void {
  if (settings.persistence.isShared) return;
  throw new SessionError(
    'unsupported',
    `Sealed sessions are kept by the clients, so '${verb}' cannot know of other requests. Use a store for this.`,
  );
}

function waitedTooLong(wait: number): SessionError {
  return new SessionError(
    'conflict',
    `Another request of this session runs exclusively, and did not end within ${wait} ms. Try again, or raise wait.`,
  );
}

function ranTooLong(atMost: number): SessionError {
  return new SessionError(
    'conflict',
    `The task ran longer than ${atMost} ms, so another may have begun. Its changes are not stored. Raise atMost.`,
  );
}
