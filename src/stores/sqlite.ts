import { closeSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isSessionError, SessionError } from '../core/errors.js';
import type { Duration } from '../core/expiry.js';
import { checkOption, checkOptions } from './contract/options.js';
import type { SessionStore } from './contract.js';
import { distrustOf, isWritableByAll } from './disk/trust.js';
import { SQLITE } from './sql/dialects.js';
import {
  findSqlite,
  type OwnSqliteDatabase,
  type SqliteClient,
  sqliteClient,
} from './sql/sqlite-clients.js';
import { sqlStatements } from './sql/statements.js';
import { sqlStore } from './sql/store.js';

export type {
  D1Client,
  DurableObjectSql,
  SqliteClient,
  SqliteDatabase,
} from './sql/sqlite-clients.js';

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /**
   * Your own client: a `DatabaseSync` of node:sqlite, a `Database` of better-sqlite3, libsql or
   * bun:sqlite, a D1 database (`env.DB`), or the `storage.sql` of a Durable Object. The store does
   * not change its settings; call `migrate()` to create the table. Without `database` the store
   * opens `file`.
   */
  readonly database?: SqliteClient | undefined;
  /**
   * The file to open when there is no `database`. Default `'sessions.sqlite'` in the working
   * folder. When it is missing, the store creates the file, its folder and the table, readable by
   * this user only. Several processes may use one file on a local file system.
   */
  readonly file?: string | undefined;
  /** The table, with an attached database in front if necessary. Default `'sessions'`. */
  readonly table?: string | undefined;
  /**
   * After a new record, the store deletes expired records within this time: in small steps, at a
   * random moment in the second half of it. Default `'10m'`. With `false` only `prune` deletes
   * them.
   */
  readonly pruneInterval?: Duration | false | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

const STICKY = 0o1000;
/**
 * How long SQLite itself waits for a lock, in milliseconds. It blocks the event loop meanwhile.
 * Most locks are shorter; for longer ones the store waits between tries.
 */
const BUSY_TIMEOUT = 5;

/**
 * Keeps sessions in an SQLite file. An acknowledged write survives the end of the process. A power
 * cut can lose the writes of the last moments. A call blocks the event loop for microseconds. When
 * another process has locked the file, a call waits up to 1.5 s without blocking the event loop.
 * @throws `invalid-option` when there is no SQLite client, when `database`, `file`, `table` or
 * `pruneInterval` is not usable, or when another user owns `file` or may write to it; the client's
 * error when `file` cannot be opened.
 */
export function sqliteStore(options: SqliteStoreOptions = {}): SessionStore<number> {
  checkOptions('sqliteStore', options, ['file', 'database', 'table', 'pruneInterval', 'now']);
  const { database, file = 'sessions.sqlite', table = 'sessions' } = options;
  const { pruneInterval, now = Date.now } = options;
  checkFile(file, options);
  const statements = sqlStatements(SQLITE, table);
  const parts = { name: 'sqlite', statements, pruneInterval, now };
  if (database !== undefined) return sqlStore({ ...parts, client: sqliteClient(database) });

  const own = open(resolve(file));
  const store = orClose(own, () => {
    for (const statement of statements.migrate) own.exec(statement);
    own.exec(`pragma busy_timeout = ${BUSY_TIMEOUT}`);
    return sqlStore({ ...parts, client: sqliteClient(own) });
  });
  let closed = false;
  return {
    ...store,

    async close() {
      if (closed) return;
      closed = true;
      await store.close?.();
      try {
        own.exec('pragma wal_checkpoint(truncate)');
      } finally {
        own.close();
      }
    },
  };
}

/** Whether {@link sqliteStore} finds an SQLite client here. */
export function sqliteAvailable(): boolean {
  try {
    findSqlite();
    return true;
  } catch (error) {
    if (isSessionError(error, 'invalid-option')) return false;
    throw error;
  }
}

function checkFile(file: string, options: SqliteStoreOptions): void {
  checkOption('file', file, 'string', "Give the path of a file: 'data/sessions.sqlite'.");
  const reason =
    file === '' || file === ':memory:'
      ? 'names no file. For sessions in memory, take memoryStore().'
      : options.file !== undefined && options.database !== undefined
        ? 'is given beside database. Give one of both.'
        : undefined;
  if (reason !== undefined) throw new SessionError('invalid-option', `file ${reason}`);
}

function open(file: string): OwnSqliteDatabase {
  const Database = findSqlite();
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode } = statSync(folder);
  // With the sticky bit, as in /tmp, nobody can replace what belongs to somebody else.
  if (isWritableByAll({ mode }) && (mode & STICKY) === 0)
    throw distrusted(folder, 'can be written to by every user');
  // SQLite itself would make it readable by everybody; its -wal and -shm files take over this mode.
  closeSync(openSync(file, 'a', 0o600));
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    const found = lstatSync(file + suffix, { throwIfNoEntry: false });
    const reason =
      found && distrustOf(found.isSymbolicLink() ? { uid: found.uid, mode: 0 } : found);
    if (reason !== undefined) throw distrusted(file + suffix, reason);
  }
  const database = new Database(file);
  return orClose(database, () => {
    // At start several processes may make the file at once: nothing else waits here.
    database.exec(
      'pragma busy_timeout = 1500; pragma journal_mode = wal; pragma synchronous = normal',
    );
    return database;
  });
}

/** What `task` gives; a database that nobody will close is closed when it fails. */
function orClose<Result>(database: OwnSqliteDatabase, task: () => Result): Result {
  try {
    return task();
  } catch (error) {
    database.close();
    throw error;
  }
}

function distrusted(path: string, reason: string): SessionError {
  return new SessionError(
    'invalid-option',
    `${path} ${reason}, who could forge sessions there. Give a file in a folder that belongs to the user who runs the server.`,
  );
}
