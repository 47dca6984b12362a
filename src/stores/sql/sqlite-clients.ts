import { SessionError } from '../../core/errors.js';
import { refusedClient } from '../contract/refused-client.js';
import type { SqlClient, SqlRow, SqlValue } from './client.js';
import { load } from './load.js';
import { patientClient } from './patient-client.js';

/**
 * A synchronous SQLite client: `DatabaseSync` of node:sqlite, `Database` of better-sqlite3 or of
 * libsql. The clients declare the values of a statement differently; `never` fits all of them.
 */
export interface SqliteDatabase {
  prepare(statement: string): {
    run(...values: never[]): { changes: number | bigint };
    all(...values: never[]): unknown[];
  };
}

/** A D1 database of Cloudflare: `env.DB`. */
export interface D1Client {
  prepare(statement: string): {
    bind(...values: never[]): {
      run(): Promise<{ meta: { changes: number } }>;
      all(): Promise<{ results: unknown[] }>;
    };
  };
}

/** The SQL storage of a Durable Object: `ctx.storage.sql`. */
export interface DurableObjectSql {
  exec(statement: string, ...values: never[]): { toArray(): unknown[] };
}

/** What {@link sqliteClient} takes. */
export type SqliteClient = SqliteDatabase | D1Client | DurableObjectSql;

interface SqliteStatement {
  run(...values: SqlValue[]): { changes: number | bigint };
  all(...values: SqlValue[]): unknown[];
}

/** A {@link SqliteDatabase} that a store opened itself. */
export interface OwnSqliteDatabase extends SqliteDatabase {
  exec(statements: string): unknown;
  close(): unknown;
}

/**
 * The client over any of the databases.
 * @throws `invalid-option` when it is none, or a D1 session, which may read from a replica.
 */
export function sqliteClient(database: SqliteClient): SqlClient {
  if (isD1(database)) return d1Client(database);
  if (isDurableObjectSql(database)) return durableObjectClient(database);
  return synchronousClient(database as SqliteDatabase);
}

function isD1(database: SqliteClient): database is D1Client {
  if (!hasMethods(database, 'prepare', 'batch')) return false;
  if (!hasMethods(database, 'getBookmark')) return true;
  throw new SessionError(
    'invalid-option',
    'database is a session of D1, which may read from a replica that does not know yet that a session was destroyed. Give the database itself: env.DB.',
  );
}

function d1Client(database: D1Client): SqlClient {
  const bound = (text: string, values: readonly SqlValue[]) =>
    database.prepare(text).bind(...(values as never[]));
  return {
    run: async (text, values) => (await bound(text, values).run()).meta.changes,
    rows: async (text, values) => (await bound(text, values).all()).results as SqlRow[],
  };
}

function isDurableObjectSql(database: SqliteClient): database is DurableObjectSql {
  return hasMethods(database, 'exec') && 'databaseSize' in database;
}

function durableObjectClient(sql: DurableObjectSql): SqlClient {
  const rows = (text: string, values: readonly SqlValue[] = []) =>
    sql.exec(text, ...(values as never[])).toArray() as SqlRow[];
  return {
    run(text, values) {
      rows(text, values);
      // The cursor counts the entries of indexes too.
      return Number(rows('select changes() as changed')[0]?.changed);
    },
    rows,
  };
}

function hasMethods(database: unknown, ...names: readonly string[]): boolean {
  if (typeof database !== 'object' || database === null) return false;
  return names.every((name) => typeof (database as Record<string, unknown>)[name] === 'function');
}

/**
 * The client over a database, with statements prepared once. A lock of another process is waited
 * for as {@link patientClient} does, after the client's own busy timeout.
 * @throws `invalid-option` when it is not a synchronous SQLite client.
 */
function synchronousClient(database: SqliteDatabase): SqlClient {
  if (!answers(database)) {
    throw refusedClient(
      'sqliteStore',
      'database',
      database,
      'Give an open DatabaseSync of node:sqlite, a Database of better-sqlite3, libsql or bun:sqlite, a D1 database (env.DB), or the storage.sql of a Durable Object.',
    );
  }
  const prepared = new Map<string, SqliteStatement>();

  function prepare(text: string): SqliteStatement {
    const known = prepared.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare(text) as SqliteStatement;
    prepared.set(text, statement);
    return statement;
  }

  const write = (text: string, values: readonly SqlValue[]): number =>
    Number(prepare(text).run(...values).changes);
  return patientClient(
    {
      run: isLibsql(database) ? inTransaction(database, write) : write,
      rows: (text, values) => prepare(text).all(...values) as SqlRow[],
    },
    isLocked,
  );
}

interface Libsql extends SqliteDatabase {
  readonly inTransaction: boolean;
  exec(statements: string): unknown;
}

function isLibsql(database: SqliteDatabase): database is Libsql {
  return hasMethods(database, 'exec', 'syncUntil') && 'inTransaction' in database;
}

/**
 * libsql does not reset a prepared statement that met a lock. Until the statement runs again, its
 * connection sees an old view of the database, and commits nothing. So `exec` takes the lock, whose
 * statements do not outlive it.
 */
function inTransaction<Result>(
  database: Libsql,
  write: (text: string, values: readonly SqlValue[]) => Result,
): typeof write {
  return (text, values) => {
    if (database.inTransaction) return write(text, values);
    database.exec('begin immediate');
    try {
      const result = write(text, values);
      database.exec('commit');
      return result;
    } catch (error) {
      if (database.inTransaction) database.exec('rollback');
      throw error;
    }
  };
}

/** Whether a query has rows at once. That of a database which is closed throws. */
function answers(database: SqliteDatabase): boolean {
  try {
    return Array.isArray(database?.prepare?.('select 1')?.all?.());
  } catch {
    return false;
  }
}

/** SQLITE_BUSY: node:sqlite gives its number, with details in the higher bits, the others its name. */
function isLocked(error: unknown): boolean {
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  return typeof errcode === 'number'
    ? (errcode & 0xff) === 5
    : typeof code === 'string' && code.startsWith('SQLITE_BUSY');
}

type SqliteClass = new (file: string) => OwnSqliteDatabase;

const LOADERS: readonly (() => SqliteClass)[] = [
  () => {
    const sqlite = process.getBuiltinModule('node:sqlite') as
      | { DatabaseSync: SqliteClass }
      | undefined;
    if (sqlite === undefined) throw new Error('node:sqlite needs Node 22.13');
    return sqlite.DatabaseSync;
  },
  () => {
    const { version } = load('better-sqlite3/package.json') as { version: string };
    // Its binary ends the process there instead of failing to load.
    if (Number.parseInt(version, 10) >= 13 && Number.parseInt(process.versions.node, 10) < 22) {
      throw new Error(`better-sqlite3 ${version} needs Node 22`);
    }
    return load('better-sqlite3') as SqliteClass;
  },
  () => load('libsql') as SqliteClass,
];

/**
 * The first SQLite client that runs here: node:sqlite, better-sqlite3, libsql.
 * @throws `invalid-option` when none does; `cause` holds the reason of each.
 */
export function findSqlite(): SqliteClass {
  const reasons: unknown[] = [];
  for (const loader of LOADERS) {
    try {
      return loader();
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new SessionError(
    'invalid-option',
    'There is no SQLite client. Run Node 22.13 or later, or install libsql, or better-sqlite3 (below 13 on Node 20).',
    {
      cause: new AggregateError(reasons),
    },
  );
}
