import type { Facts } from '../../data/record-format.js';
import { createHandle, createToken, firstFormToken } from '../../keys/token.js';
import type { SessionRecord } from '../../stores/contract.js';
import type { Held, Place } from '../persistence.js';
import type { Visit } from '../visit.js';
import type { Engine } from './engine.js';
import { clientFacts, usedNow } from './records.js';

/** The clocks of a login, its place among others, and whether its cookie outlives the browser. */
export type LoginFacts = Pick<Facts, 'idleTimeout' | 'lifetime' | 'isPersistent' | 'order'>;

/** The reason why a session gets a new token. */
export type Reason =
  | { readonly kind: 'renewal' }
  | { readonly kind: 'regenerate' }
  | {
      readonly kind: 'login';
      readonly userId: string;
      readonly facts: LoginFacts;
      /** Whether the session had another user before. It then gets a new handle. */
      readonly isOtherUser: boolean;
    };

/** One move, with all its tries. */
export interface Move {
  readonly reason: Reason;
  readonly commit: string;
  readonly place: Place;
  /** The new record, while the move is not decided. */
  successor: Held | undefined;
  /** The facts of the new record beside its data. */
  facts: Facts;
}

/** The facts of a move's new record beside its data. */
export function successorFacts(
  { settings: { rotateAfter, now } }: Engine,
  visit: Visit,
  { reason, facts: { handle } }: Move,
  old: Held | undefined,
): Facts {
  const present: Facts = { ...visit.facts, provisionalUntil: undefined, movedFrom: undefined };
  const csrf = nextFormToken(visit, old);
  const renewedAt = rotateAfter === undefined ? undefined : now();
  if (reason.kind === 'renewal') {
    // The client may have come with a token from before the last renewal.
    const renewedFrom = [old?.id, visit.via].filter((id) => id !== undefined);
    return { ...present, renewedAt: now(), renewedFrom };
  }
  if (reason.kind === 'regenerate') return { ...present, csrf, renewedAt, renewedFrom: undefined };
  return {
    handle: reason.isOtherUser && handle === present.handle ? createHandle() : handle,
    ...reason.facts,
    csrf,
    loggedInAt: now(),
    provedAt: now(),
    renewedAt,
  };
}

/**
 * The CSRF token after a login. An attacker who planted the old token may know its CSRF token, but
 * not one that this request made.
 */
function nextFormToken(visit: Visit, old: Held | undefined): string | undefined {
  const { csrf } = visit.facts;
  if (csrf === undefined) return undefined;
  // A session that moved out of its cookie has another token than the one that came with it.
  const isDerived = [old?.token, visit.arrival?.token].some(
    (token) => token && csrf === firstFormToken(token),
  );
  const isMadeUp = visit.journal.learned.csrf !== undefined && !isDerived;
  return isMadeUp ? csrf : createToken();
}

/** The new record without its data, for the time after the move is decided. */
export function fullRecord(
  engine: Engine,
  visit: Visit,
  { reason, facts }: Move,
  old: Held | undefined,
): Omit<SessionRecord, 'data'> {
  const isLogin = reason.kind === 'login';
  const begun = isLogin ? engine.settings.now() : visit.createdAt;
  const userId = isLogin ? reason.userId : old?.record.userId;
  return {
    ...usedNow(engine, visit, facts, old === undefined || isLogin ? begun : old.record.createdAt),
    ...(userId === undefined ? {} : { userId }),
    ...clientFacts(engine, visit),
  };
}
