import type { ConnectSession } from '../../bridges/connect/contract.js';
import type { Session } from '../../bridges/connect/session.js';

/** A stored session, and what a later write must name. */
export interface Found {
  readonly session: ConnectSession;
  readonly version: unknown;
}

/** How long an id that was replaced is known as one, in milliseconds. */
export const DEAD_FOR = 30_000;

/** The sessions of one store, by id. */
export interface Records {
  /**
   * `moved`: another session took the place of this one lately.
   * @throws `invalid-record` for one that cannot be read.
   */
  read(id: string): Promise<Found | 'moved' | undefined>;
  /**
   * Stores a new session, and returns its version. Who picks an id that is taken replaces what is
   * there, as express-session does.
   */
  create(id: string, session: Session): Promise<unknown>;
  /**
   * Stores a session, and returns its version; `undefined` when it has ended. When others stored it
   * since `version`, `merge` takes over what they did before it is stored.
   */
  update(
    id: string,
    session: Session,
    version: unknown,
    merge: (present: ConnectSession) => void,
  ): Promise<unknown>;
  /** `false`: the session has ended. Absent when the store cannot. */
  readonly touch?: (id: string, session: Session) => Promise<boolean>;
  /** Ends a session, or the one that took its place. */
  destroy(id: string): Promise<void>;
  /**
   * Ends a session for one that takes its place. `taken`: another one took its place before;
   * `ended`: others ended it.
   */
  move(id: string, successor: string): Promise<'moved' | 'taken' | 'ended'>;
  /** Whether others ended a session since it moved, which was less than {@link DEAD_FOR} ago. */
  hasEnded(id: string): Promise<boolean>;
  /** Gives a session another id, and returns it. */
  rename(id: string, to: string): Promise<Found | undefined>;
}
