import type { Held, Place } from './persistence.js';
import type { LookUp } from './renewal.js';

/**
 * The result of the last commit or verb. `gone`: another request had ended or moved the session,
 * and nothing was stored. `refused`: no token can be sent to the client (see the event `refused`),
 * so a new session was not stored.
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

/** Where the session of a visit is kept. */
export type Where =
  /** Nothing is stored and nothing has a name yet. */
  | { readonly kind: 'nowhere' }
  /** Nothing is stored; somebody asked for the id, so it is chosen. */
  | { readonly kind: 'planned'; readonly place: Place }
  | { readonly kind: 'stored'; readonly held: Held }
  /** `ended`: by a verb of this visit. `gone`: by others. `unreadable`: the store did not answer. */
  | { readonly kind: 'ended' | 'gone' | 'unreadable' };

/** What stands in for a session that could not be read: an empty one, or an old copy. */
export type Outage = 'anonymous' | 'stale';

/** How a visit was opened. */
export interface VisitMode {
  /** Whether writing throws and nothing is stored: `open(..., { readOnly: true })`. */
  readonly isReadOnly?: boolean | undefined;
  /** Whether the visit moves the idle clock. Default true. */
  readonly isUse?: boolean | undefined;
  /** Whether flash of an earlier request stays as it is: for changes from outside a request. */
  readonly keepsFlash?: boolean | undefined;
  /** What stands in for a session that could not be read. */
  readonly outage?: Outage | undefined;
  /** Which moves of the session its changes follow. Default `'commit'`. */
  readonly lookUp?: LookUp | undefined;
}

export const NOWHERE: Where = { kind: 'nowhere' };

/** What the client came with. */
export interface Arrival {
  readonly token: string;
  readonly expiresAt: number;
}
