import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isSessionError } from '../core/errors.js';
import type { SessionStore } from './contract.js';
import { SQLITE } from './sql/dialects.js';
import {
  findSqlite,
  type OwnSqliteDatabase,
  type SqliteDatabase,
  sqliteClient,
} from './sql/sqlite-clients.js';
import { sqlStatements } from './sql/statements.js';
import { sqlStore } from './sql/store.js';

export type { SqliteDatabase } from './sql/sqlite-clients.js';

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /**
   * Your own client: a `DatabaseSync` of node:sqlite, a `Database` of better-sqlite3 or libsql. Its
   * settings stay as they are, and the table is made by `migrate()`, which you call. Without it the
   * store opens `file`.
   */
  readonly database?: SqliteDatabase | undefined;
  /**
   * The file to open when there is no `database`; default `'sessions.sqlite'` in the working
   * folder. It is made when missing, with its folder, readable by this user only, and the table in
   * it. Several processes may use one file, on a local file system.
   */
  readonly file?: string | undefined;
  /** The table, with an attached database in front if need be; default `'sessions'`. */
  readonly table?: string | undefined;
  /** The clock, in epoch milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps sessions in an SQLite file. An acknowledged write survives the end of the process, and a
 * power cut except for the last moments. Calls are answered within microseconds but block the event
 * loop, at most 1.5 s when another process holds the file.
 * @throws `invalid-option` when there is no SQLite client, or `database` or `table` is not usable;
 * the client's error when `file` cannot be opened.
 */
export function sqliteStore(options: SqliteStoreOptions = {}): SessionStore<number> {
  const { database, file = 'sessions.sqlite', table = 'sessions', now = Date.now } = options;
  const statements = sqlStatements(SQLITE, table);
  if (database !== undefined)
    return sqlStore({ name: 'sqlite', client: sqliteClient(database), statements, now });

  const own = open(resolve(file));
  for (const statement of statements.migrate) own.exec(statement);
  let closed = false;
  return {
    ...sqlStore({ name: 'sqlite', client: sqliteClient(own), statements, now }),

    async close() {
      if (closed) return;
      closed = true;
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

function open(file: string): OwnSqliteDatabase {
  const Database = findSqlite();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite itself would make it readable by everybody; its -wal and -shm files take over this mode.
  closeSync(openSync(file, 'a', 0o600));
  const database = new Database(file);
  // Waiting blocks the event loop: it must end before the core's storeTimeout of 2 s.
  database.exec(
    'pragma busy_timeout = 1500; pragma journal_mode = wal; pragma synchronous = normal',
  );
  return database;
}
