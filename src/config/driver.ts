import type { SessionStore } from '../stores/contract.js';

/** A way to open a store from a URL. */
export interface Driver {
  readonly name: string;
  /** What its URLs begin with, each with its colon; the first is the usual one. */
  readonly protocols: readonly string[];
  /** The URL when none is given. */
  readonly connection: string;
  /** Where its sessions are, when no process but the server gets at them. */
  readonly outOfReach?: string;
  /** Whether the store, or its server, deletes expired records, so that requests need not. */
  readonly sweepsItself?: boolean;
  /** The statements that make the table, for databases of SQL. */
  readonly statements?: (table: string | undefined) => readonly string[];
  /** @throws `invalid-option`, saying what to install, when it has no client to work with. */
  requireClient?(): Promise<unknown>;
  open(place: Place): Promise<OpenedStore>;
}

/** Where to open a store. */
export interface Place {
  /** The URL, with one of the driver's protocols. */
  readonly connection: string;
  readonly table: string | undefined;
  /**
   * Whether a file, folder, or table of SQLite that is not there is an error, instead of being
   * made.
   */
  readonly mustExist: boolean;
  /** Of a store of SQL: `false` when it does not delete expired records by itself. */
  readonly pruneInterval: false | undefined;
}

/** A store that was opened from a URL; its `close` closes the client too. */
export interface OpenedStore {
  readonly store: SessionStore;
  /** What the server says of itself, for the command `doctor`. */
  readonly server?: ServerFacts;
}

/** What {@link OpenedStore} can tell of its server. */
export interface ServerFacts {
  /** The server's clock, in epoch milliseconds. */
  now?(): Promise<number>;
  /** What would lose sessions or slow them down; empty when all is well. */
  weaknesses(): Promise<readonly Weakness[]>;
}

/** A setting of a server that does sessions no good. */
export interface Weakness {
  readonly is: string;
  /** What to do about it. */
  readonly advice: string;
}
