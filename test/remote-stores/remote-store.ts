import type { ServerName } from '../../scripts/servers/index.js';
import type { Duration } from '../../src/core/expiry.js';
import type { SessionStore } from '../../src/stores/contract.js';

/**
 * A store of ours over one client library, for the tests that every such store runs: contract,
 * explorer, faults.
 */
export interface RemoteStore {
  /** As tests show it: `'redis over ioredis 5'`. */
  readonly name: string;
  /** The server that `open` connects to. */
  readonly server: ServerName;
  /**
   * A store over a client of its own.
   * @param url Of the server, or of a proxy in front of it.
   */
  open(url: string, options: RemoteStoreOptions): Promise<OpenRemoteStore>;
}

export interface RemoteStoreOptions {
  /**
   * Keeps what this store has apart on the server: becomes a prefix, a table or a collection.
   * Letters, digits and underscores, at most 40.
   */
  readonly space: string;
  /** Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Of a store of SQL: when it deletes expired records by itself. */
  readonly pruneInterval?: Duration | false | undefined;
}

export interface OpenRemoteStore {
  readonly store: SessionStore;
  /** Closes the client. */
  close(): Promise<void>;
  /** Deletes everything of this space, closes the client. */
  remove(): Promise<void>;
}
