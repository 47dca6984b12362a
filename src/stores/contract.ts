import { SessionError } from '../core/errors.js';

/**
 * What a store keeps for one session. `data` is opaque to it: encoded, and sealed if asked for, by
 * the core.
 */
export interface SessionRecord {
  /** Text of any length and any characters. */
  readonly data: string;
  /**
   * When the session began, in epoch milliseconds. 0 marks a moved record: the short trace of a
   * session that ended or got another id. `list` and `count` leave moved records out.
   */
  readonly createdAt: number;
  /** When it was last written or touched, in epoch milliseconds. */
  readonly touchedAt: number;
  /** From this instant on, in epoch milliseconds, the record does not exist any more. */
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

/** Which page of a list is wanted. */
export interface PageOptions {
  /**
   * The `next` of the page before; absent for the first page. It may come from another instance on
   * the same backend. Any other text is harmless: the page is refused, or holds entries of the list
   * that is asked for.
   */
  readonly after?: string | undefined;
  /** How many entries the page holds at most; 1 or more. */
  readonly limit: number;
}

/** A page of a list. One call of the backend, or a few: a page never walks the whole store. */
export interface SessionPage {
  /** May be empty although more pages follow. */
  readonly entries: readonly SessionEntry[];
  /** Where the next page begins, in a form of the store's own; absent on the last page. */
  readonly next?: string | undefined;
}

/** A record as a store returns it, with the version that a later write must name. */
export interface StoredSession<Version = unknown> {
  readonly record: SessionRecord;
  readonly version: Version;
}

/**
 * A place where records live.
 *
 * Rules for every verb:
 * - A record whose `expiresAt` is not after the store's clock is absent for all verbs. A backend's
 *   own expiry only sweeps, and is set later than `expiresAt`.
 * - Absent, expired and unreadable are one answer: `undefined` or `false`. A rejection means that
 *   the backend failed.
 * - Ids are any non-empty text up to 200 characters; a store must not let one reach a path, a query
 *   or a command unescaped.
 * - What a caller passed in or got back may be kept or changed by it without changing what is
 *   stored.
 */
export interface SessionStore<Version = unknown> {
  /** Short and lower case, for messages and tables: `'memory'`, `'sqlite'`. */
  readonly name: string;
  /**
   * `'shared'` (the default when absent): compare and write are one step at the backend, so all
   * promises hold between processes. `'process'`: they hold within one process only.
   */
  readonly consistency?: 'shared' | 'process';

  /** The live record with this id and its present version. */
  read(id: string): Promise<StoredSession<Version> | undefined>;

  /**
   * Stores a new record and returns its version; `undefined`, and nothing is written, when a live
   * record has this id.
   */
  create(id: string, record: SessionRecord): Promise<Version | undefined>;

  /**
   * Replaces the whole record and returns its new version; `undefined`, and nothing is written,
   * when the record is gone or its version is not `version`. Comparing and writing are one step.
   * Never creates.
   */
  update(id: string, record: SessionRecord, version: Version): Promise<Version | undefined>;

  /**
   * Moves `expiresAt` and `touchedAt` forward and nothing else: each becomes the later one of what
   * is stored and what is given, so a touch that arrives late never shortens a session. Neither
   * data nor version change, and a running update neither fails nor is undone. `false` when the
   * record is gone, or moved. Never creates.
   */
  touch(id: string, expiresAt: number, touchedAt: number): Promise<boolean>;

  /**
   * Deletes the record; with `version`, only while it is the present one. `false` when nothing was
   * deleted.
   */
  destroy(id: string, version?: Version): Promise<boolean>;

  /**
   * Ability: a page of the live records of one user, in any order. Moved records are on the pages
   * too: they show where a session went that moved while the pages were read. A record that is
   * there from the first page to the last appears on exactly one of them.
   */
  byUser?(userId: string, page: PageOptions): Promise<SessionPage>;

  /**
   * Ability: a page of all live records, moved ones left out, in any order. A record that is there
   * from the first page to the last appears on exactly one of them; one that is created or
   * destroyed meanwhile may.
   */
  list?(page: PageOptions): Promise<SessionPage>;

  /** Ability: how many live records there are, moved ones left out. */
  count?(): Promise<number>;

  /**
   * Ability: deletes at most `limit` records whose `expiresAt` is at or before `before`, and
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

  /** Ability: lets go of what the store itself opened. Clients that were passed in stay open. */
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

/** Throws `unsupported` unless `store` has the optional verb. */
export function requireAbility<Ability extends StoreAbility>(
  store: SessionStore,
  ability: Ability,
): asserts store is SessionStore & Required<Pick<SessionStore, Ability>> {
  if (!supports(store, ability)) {
    throw new SessionError(
      'unsupported',
      `The ${store.name} store has no \`${ability}\`. Use a store that has it, or keep what you need to look up yourself.`,
    );
  }
}

/** Whether a record is the trace of a session that ended or moved. */
export function isMoved({ createdAt }: Pick<SessionRecord, 'createdAt'>): boolean {
  return createdAt === 0;
}

/** All entries of a list, page after page: `eachEntry((page) => store.list(page))`. */
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
