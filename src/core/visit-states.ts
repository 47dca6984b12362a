import type { Held, Place } from './persistence.js';
import type { LookUp } from './renewal.js';

/**
 * What the last commit or verb came to. `gone`: the session ended or moved before, and nothing was
 * stored. `refused`: a new session could not be given to the client (see the event), and was not
 * stored.
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

/** How a visit was opened. */
export interface VisitMode {
  /** Whether writing throws and nothing is stored: `open(..., { readOnly: true })`. */
  readonly isReadOnly?: boolean | undefined;
  /** What to do instead of writing, for the error. */
  readonly howToWrite?: string | undefined;
  /** Whether the visit moves the idle clock. Default true. */
  readonly isUse?: boolean | undefined;
  /** Whether flash of an earlier request stays as it is: for changes from outside a request. */
  readonly keepsFlash?: boolean | undefined;
  /** Which moves of the session its changes follow. Default `'commit'`. */
  readonly lookUp?: LookUp | undefined;
}

export const NOWHERE: Where = { kind: 'nowhere' };

/** What the client came with. */
export interface Arrival {
  readonly token: string;
  readonly expiresAt: number;
}
