import type { ServerFacts } from '../health/server.js';
import type { SessionStore } from '../stores/contract.js';

/** A way to open a store from a URL. */
export interface Driver {
  readonly name: string;
  /** The protocols of its URLs, each with its colon; the first is the usual one. */
  readonly protocols: readonly string[];
  /** The default URL. */
  readonly connection: string;
  /** Where its sessions are, when only the server's own process can reach them. */
  readonly outOfReach?: string;
  /** Whether the store or its server deletes expired records, so that requests need not. */
  readonly sweepsItself?: boolean;
  /** The statements that create the table, for SQL databases. */
  readonly statements?: (table: string | undefined) => readonly string[];
  /**
   * @throws `invalid-option`, with a message that says what to install, when no client is
   * installed.
   */
  requireClient?(): Promise<unknown>;
  open(place: Place): Promise<OpenedStore>;
}

/** Where to open a store. */
export interface Place {
  /** The URL, with one of the driver's protocols. */
  readonly connection: string;
  readonly table: string | undefined;
  /** Whether a missing file, folder or SQLite table is an error. Otherwise it is created. */
  readonly mustExist: boolean;
  /** For an SQL store: `false` when it does not delete expired records by itself. */
  readonly pruneInterval: false | undefined;
}

/** A store that was opened from a URL; its `close` closes the client too. */
export interface OpenedStore {
  readonly store: SessionStore;
  /** Facts from the server, for `npx sojourn doctor` and the dashboard. */
  readonly server?: ServerFacts;
}

/** The store, whose `close` closes its client too. */
export function closedWith(store: SessionStore, close: () => Promise<void>): SessionStore {
  return {
    ...store,
    async close() {
      await store.close?.();
      await close();
    },
  };
}
