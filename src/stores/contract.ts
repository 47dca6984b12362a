import { SessionError } from '../core/errors.js';

/**
 * The record of one session in a store. The store never looks into `data`: the core has encoded it,
 * and encrypted it with the option `encrypt`.
 */
export interface SessionRecord {
  /** Text of any length and any characters. */
  readonly data: string;
  /**
   * When the session began, in epoch milliseconds. 0 marks a moved record: the short trace of a
   * session that ended or got another id. `list` and `count` skip moved records.
   */
  readonly createdAt: number;
  /** When the record was last written or touched, in epoch milliseconds. */
  readonly touchedAt: number;
  /** When the record expires, in epoch milliseconds. From this instant on it counts as absent. */
  readonly expiresAt: number;
  readonly userId?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
}

/** A record as a store lists it. */
export interface SessionEntry {
  readonly id: string;
  readonly record: SessionRecord;
}

/** The page of a list that is wanted. */
export interface PageOptions {
  /**
   * The `next` of the previous page; absent for the first page. It may come from another instance
   * of the store on the same backend. Any other text must be harmless: either the call fails, or
   * the page holds entries of the list that was asked for.
   */
  readonly after?: string | undefined;
  /** The most entries that the page may hold: 1 or more. */
  readonly limit: number;
}

/**
 * A page of a list. It takes one call of the backend, or a few: a page never walks the whole store.
 */
export interface SessionPage {
  /** May be empty although more pages follow. */
  readonly entries: readonly SessionEntry[];
  /** Where the next page begins, in the store's own format; absent on the last page. */
  readonly next?: string | undefined;
}

/** A record as a store returns it, with the version that a later write must name. */
export interface StoredSession<Version = unknown> {
  readonly record: SessionRecord;
  readonly version: Version;
}

/**
 * A place for records.
 *
 * Rules for every verb:
 * - When `expiresAt` is not later than the store's clock, the record is absent for all verbs. The
 *   backend's own expiry only cleans up, and is set later than `expiresAt`.
 * - A verb answers `undefined` or `false` for an absent, an expired and an unreadable record alike.
 *   A rejection means that the backend failed.
 * - An id is any non-empty text up to 200 characters. A store must escape it in a path, a query or
 *   a command.
 * - A caller may keep and change the objects that it passed in or got back. The stored record does
 *   not change with them.
 */
export interface SessionStore<Version = unknown> {
  /** A short name in lower case, for messages and tables: `'memory'`, `'sqlite'`. */
  readonly name: string;
  /**
   * `'shared'` (the default): the backend compares and writes in one step, so all guarantees hold
   * between processes. `'process'`: they hold within one process only.
   */
  readonly consistency?: 'shared' | 'process';

  /** The live record with this id and its present version. */
  read(id: string): Promise<StoredSession<Version> | undefined>;

  /**
   * Stores a new record and returns its version. When a live record has this id, writes nothing and
   * returns `undefined`.
   */
  create(id: string, record: SessionRecord): Promise<Version | undefined>;

  /**
   * Replaces the whole record and returns its new version. When the record is gone, or its version
   * is not `version`, writes nothing and returns `undefined`. Compares and writes in one step.
   * Never creates a record.
   */
  update(id: string, record: SessionRecord, version: Version): Promise<Version | undefined>;

  /**
   * Moves only `expiresAt` and `touchedAt`, and only forward: the later of the stored and the given
   * time counts, so a late touch never shortens a session. Data and version do not change, and an
   * update that runs at the same time neither fails nor is undone. Returns `false` when the record
   * is gone or is a moved record. Never creates a record.
   */
  touch(id: string, expiresAt: number, touchedAt: number): Promise<boolean>;

  /**
   * Deletes the record. With `version`, deletes it only while it has this version. Returns `false`
   * when nothing was deleted.
   */
  destroy(id: string, version?: Version): Promise<boolean>;

  /**
   * Ability: a page of the live records of one user, in any order. Moved records are included: they
   * show where a session went that moved while the pages were read. A record that exists from the
   * first page to the last appears on exactly one page.
   */
  byUser?(userId: string, page: PageOptions): Promise<SessionPage>;

  /**
   * Ability: a page of all live records without moved ones, in any order. A record that exists from
   * the first page to the last appears on exactly one page. A record that is created or destroyed
   * meanwhile may appear.
   */
  list?(page: PageOptions): Promise<SessionPage>;

  /** Ability: how many live records there are, without moved ones. */
  count?(): Promise<number>;

  /**
   * Ability: deletes at most `limit` records whose `expiresAt` is not later than `before`, and
   * returns how many.
   */
  prune?(before: number, limit: number): Promise<number>;

  /** Ability: deletes every record of this store and nothing else. */
  clear?(): Promise<void>;

  /**
   * Ability: the record as it was at most `maxAge` milliseconds ago, without asking the backend.
   * For outages; see `onStoreError`.
   */
  readStale?(id: string, maxAge: number): Promise<StoredSession<Version> | undefined>;

  /**
   * Ability: creates the table, index or folder that the store needs. Calling it again changes
   * nothing.
   */
  migrate?(): Promise<void>;

  /**
   * Ability: closes everything that the store itself opened. Clients that were passed in stay open.
   */
  close?(): Promise<void>;
}

/** The optional verbs of a {@link SessionStore}. */
export type StoreAbility =
  | 'byUser'
  | 'list'
  | 'count'
  | 'prune'
  | 'clear'
  | 'readStale'
  | 'migrate'
  | 'close';

/** Whether `store` has an optional verb. */
export function supports<Ability extends StoreAbility>(
  store: SessionStore,
  ability: Ability,
): store is SessionStore & Required<Pick<SessionStore, Ability>> {
  return typeof store[ability] === 'function';
}

/** @throws `unsupported` unless `store` has the optional verb. */
export function requireAbility<Ability extends StoreAbility>(
  store: SessionStore,
  ability: Ability,
): asserts store is SessionStore & Required<Pick<SessionStore, Ability>> {
  if (!supports(store, ability)) {
    throw new SessionError(
      'unsupported',
      `The ${store.name} store has no \`${ability}\`. Use a store that has it, or keep your own list.`,
    );
  }
}

/** Whether a record is the trace of a session that ended or moved. */
export function isMoved({ createdAt }: Pick<SessionRecord, 'createdAt'>): boolean {
  return createdAt === 0;
}

/**
 * Iterates over all entries of a list, page after page: `eachEntry((page) => store.list(page))`.
 */
export async function* eachEntry(
  list: (page: PageOptions) => Promise<SessionPage>,
  limit = 100,
): AsyncGenerator<SessionEntry> {
  let after: string | undefined;
  do {
    const page: SessionPage = await list({ after, limit });
    yield* page.entries;
    after = page.next;
  } while (after !== undefined);
}
