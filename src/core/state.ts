import type { Request } from '../http/request.js';
import type { Presented } from '../http/transport.js';
import type { Journal } from './journal.js';
import type { Held, Place } from './persistence.js';

/**
 * What a commit came to. `gone`: the session was destroyed or regenerated meanwhile, and nothing
 * was stored. `refused`: a new session could not be given to the client (see the event), and was
 * not stored.
 */
export type Outcome =
  | 'unchanged'
  | 'touched'
  | 'created'
  | 'updated'
  | 'regenerated'
  | 'destroyed'
  | 'gone'
  | 'refused';

/**
 * All that is known of one session in one request. Shared by the session, which changes data, and
 * the commits, which store it.
 */
export interface SessionState {
  readonly request: Request;
  readonly presented: Presented;
  journal: Journal;
  /** What the store held when this request last looked; `undefined` while there is nothing. */
  held: Held | undefined;
  /** Where a new session will be kept, once somebody asked. */
  place: Place | undefined;
  /**
   * The commit that is under way or failed; the next try is the same one, so that it counts once if
   * both arrive.
   */
  commit: string | undefined;
  createdAt: number;
  /**
   * The id that the client's token leads to, when that record only points to the session; the token
   * of the session is in another answer.
   */
  pointer: string | undefined;
  /** The token that the client has, or will have by the headers of this response. */
  clientToken: string | undefined;
  /**
   * `live`: changes are stored. `ended`: destroyed here. `gone`: ended by another request.
   * `stand-in`: read-only, for a session that could not be read.
   */
  mode: 'live' | 'ended' | 'gone' | 'stand-in';
  /** Whether a verb of this request ended a session that the client still has a token of. */
  hasEnded: boolean;
  /** Whether the handler looked at the session, so that the response depends on it. */
  isAccessed: boolean;
  /** Whether the handler asked for a touch, however young the last one is. */
  isTouchAsked: boolean;
  /** Whether the deadline moved since the client last got the token. */
  hasMoved: boolean;
  /** Whether the headers of the response are decided. */
  hasResponded: boolean;
  /** The last of the session's asynchronous verbs; the next one waits for it. */
  last: Promise<unknown> | undefined;
  /**
   * Why a verb that changes the session's identity failed. The response fails too, awaited or not.
   */
  failure: unknown;
  outcome: Outcome;
}
