import type { Codec } from '../codecs/codec.js';
import { contention } from './contention.js';
import { SessionData } from './data.js';
import { isSessionError, SessionError } from './errors.js';
import type { Events } from './events.js';
import type { Settings } from './options.js';
import type { Held, Persistence, Place } from './persistence.js';

/**
 * Renewal of tokens on a timer (OWASP "renewal timeout"). The old record stays behind as a pointer
 * to its successor, so that requests on their way, and a client that the answer did not reach,
 * still arrive. Once the new token was used, the old one dies after the overlap; seen later, one of
 * the two is a copy, and the session ends. A pointer that is not followed any more goes with its
 * idle deadline.
 */

/** How many pointers are followed. A client that does not take its new tokens needs one or two. */
const MAX_HOPS = 8;

/** What a token leads to. */
export type Found =
  | { readonly kind: 'session'; readonly held: Held; readonly data: SessionData }
  /** A replaced token was used after its time. */
  | { readonly kind: 'replay' };

/**
 * The record of a place, or the one that took its place. The token stays the one that was asked
 * with.
 */
export async function find(
  place: Place,
  persistence: Persistence,
  {
    codec,
    maxLength,
    rotationOverlap,
    now,
  }: Pick<Settings, 'codec' | 'maxLength' | 'rotationOverlap' | 'now'>,
): Promise<Found | undefined> {
  let isReplayed = false;
  let id: string | undefined = place.id;
  for (let hops = 0; id !== undefined && hops <= MAX_HOPS; hops++) {
    const held: Held | undefined = await persistence.read({ id, token: place.token });
    if (held === undefined) break;
    if (held.record.data.length > maxLength) throw tooLong(held.record.data.length, maxLength);
    const data = SessionData.decode(held.record.data, codec);
    const usedAt = data.rotation?.usedAt ?? 0;
    isReplayed ||= hops > 0 && usedAt > 0 && now() - usedAt > rotationOverlap;
    if (data.successor === undefined)
      return isReplayed ? { kind: 'replay' } : { kind: 'session', held, data };
    id = data.successor;
  }
  return isReplayed ? { kind: 'replay' } : undefined;
}

/** Ends a session and whatever took its place; `false` when there was none. */
export async function endAll(
  id: string,
  settings: Pick<Settings, 'persistence' | 'codec'>,
  events: Events,
  hops = 0,
): Promise<boolean> {
  const { persistence, codec } = settings;
  if (hops > MAX_HOPS) return persistence.destroy(id);
  const yieldTo = contention(events);
  for (;;) {
    const held = await persistence.read({ id, token: '' }).catch(unreadable);
    if (held === 'unreadable') return persistence.destroy(id);
    if (held === undefined) return false;
    const successor = successorOf(held, codec);
    // The pointer goes last, so that whoever else ends the session now, or again, still finds the
    // way.
    const hasEnded =
      successor !== undefined && (await endAll(successor, settings, events, hops + 1));
    // Only the very record that was read, so that a session is not missed that moves at this
    // moment.
    if (await persistence.destroy(id, held.version)) return hasEnded || successor === undefined;
    await yieldTo(id);
  }
}

/** Lets a record pass that cannot be read, since it may still be destroyed. */
function unreadable(error: unknown): 'unreadable' {
  if (isSessionError(error, 'invalid-record')) return 'unreadable';
  throw error;
}

/** Where a record points to, if anywhere; one that cannot be read points nowhere. */
function successorOf({ record }: Held, codec: Codec): string | undefined {
  try {
    return SessionData.decode(record.data, codec).successor;
  } catch (error) {
    if (isSessionError(error, 'invalid-record')) return undefined;
    throw error;
  }
}

/** The data of a record that only points to its successor. */
export function pointerTo(successor: string, { rotation }: SessionData, codec: Codec): string {
  const data = new SessionData(codec);
  data.successor = successor;
  data.rotation = rotation;
  return data.encode();
}

/** Whether the token of a session is old enough to be renewed. */
export function isRotationDue(
  { rotateAfter, now }: Pick<Settings, 'rotateAfter' | 'now'>,
  createdAt: number,
  data: SessionData,
): boolean {
  return rotateAfter !== undefined && now() - (data.rotation?.at ?? createdAt) >= rotateAfter;
}

function tooLong(length: number, maxLength: number): SessionError {
  return new SessionError(
    'invalid-record',
    `A stored session is ${length} characters long, above maxLength (${maxLength}). Raise maxLength, or destroy the session.`,
  );
}
