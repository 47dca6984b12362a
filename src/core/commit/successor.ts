import type { Facts } from '../../data/record-format.js';
import { createHandle, createToken, firstFormToken } from '../../keys/token.js';
import type { SessionRecord } from '../../stores/contract.js';
import type { Held, Place } from '../persistence.js';
import type { Visit } from '../visit.js';
import type { Engine } from './engine.js';
import { clientFacts, usedNow } from './records.js';

/** The clocks of a login, its place among others, and whether its cookie outlives the browser. */
export type LoginFacts = Pick<Facts, 'idleTimeout' | 'lifetime' | 'isPersistent' | 'order'>;

/** Why a session gets a new token. */
export type Reason =
  | { readonly kind: 'renewal' }
  | { readonly kind: 'regenerate' }
  | {
      readonly kind: 'login';
      readonly userId: string;
      readonly facts: LoginFacts;
      /** Whether another user's session becomes this one's: the handle is new then. */
      readonly isOtherUser: boolean;
    };

/** One move, through all its tries. */
export interface Move {
  readonly reason: Reason;
  readonly commit: string;
  readonly place: Place;
  /** The new record, while nothing is decided. */
  successor: Held | undefined;
  /** What the new record holds beside the data. */
  facts: Facts;
}

/** What the new record of a move holds beside the data. */
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
 * The secret of the forms behind a login. Whoever planted the old token may know what its forms
 * send, but not what this request made up.
 */
function nextFormToken(visit: Visit, old: Held | undefined): string | undefined {
  const { csrf } = visit.facts;
  if (csrf === undefined) return undefined;
  const isDerived = old !== undefined && old.token !== '' && csrf === firstFormToken(old.token);
  const isMadeUp = visit.journal.learned.csrf !== undefined && !isDerived;
  return isMadeUp ? csrf : createToken();
}

/** The new record without its data, as it is once the move is decided. */
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
    ...usedNow(engine, facts, old === undefined || isLogin ? begun : old.record.createdAt),
    ...(userId === undefined ? {} : { userId }),
    ...clientFacts(engine, visit),
  };
}
