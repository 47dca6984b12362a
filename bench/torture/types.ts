/** What a session held, as a handler saw it. */
export interface Snapshot {
  readonly handle: string;
  readonly user?: string | undefined;
  /** In the order in which they were pushed. */
  readonly tags: readonly string[];
  readonly total: number;
  /** What each client set last. */
  readonly own: Readonly<Record<string, string>>;
  readonly vouchers: readonly string[];
}

export type Kind =
  | 'show'
  | 'push'
  | 'increment'
  | 'set'
  | 'issue'
  | 'take'
  | 'flash'
  | 'notices'
  | 'login'
  | 'regenerate'
  | 'logout'
  | 'destroyUser';

export interface Operation {
  readonly kind: Kind;
  /** Unique: what is pushed, set, issued, taken or flashed; the user for the two verbs of users. */
  readonly value?: string | undefined;
  /** The flash messages that `notices` asks for. */
  readonly asked?: readonly string[] | undefined;
}

/** What a handler answers. */
export interface Reply {
  /** The session as it was opened; `null` when there was none. */
  readonly before: Snapshot | null;
  /** `session.outcome` after the operation. */
  readonly outcome: string;
  /** The session once it was stored; `null` when there is none. */
  readonly after: Snapshot | null;
  /** Whether `take` got its voucher. */
  readonly isTaken?: boolean | undefined;
  /** The flash messages that `notices` found. */
  readonly notices?: readonly string[] | undefined;
}

/** One request of one client. Instants are milliseconds of one clock. */
export interface Event {
  readonly client: string;
  /** Of the process that it was sent to. */
  readonly origin?: string | undefined;
  readonly operation: Operation;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The cookie that it was sent with. */
  readonly sent?: string | undefined;
  /** `none`: nothing was changed for certain. `unknown`: nobody was told. */
  readonly result: 'ok' | 'none' | 'unknown';
  readonly reply?: Reply | undefined;
  /** The cookie that the answer brought. */
  readonly received?: string | undefined;
}

/** A time in which a store may have forgotten everything, as its documentation says. */
export interface Forgetting {
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface History {
  readonly events: readonly Event[];
  readonly forgettings: readonly Forgetting[];
}

export interface Contradiction {
  readonly kind: 'lost' | 'doubled' | 'revived' | 'stranger';
  readonly text: string;
}
