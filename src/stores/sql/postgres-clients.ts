import { SessionError } from '../../core/errors.js';
import { refusedClient, takenElsewhere } from '../contract/refused-client.js';
import type { SqlClient, SqlRow, SqlValue } from './client.js';
import { outliveIdleErrors, retryingClient } from './pools.js';
import { COLUMNS } from './statements.js';

/** A `Pool` of pg, or a connected `Client`. */
export interface PgPool {
  query(statement: {
    text: string;
    values: SqlValue[];
  }): Promise<{ rows: SqlRow[]; rowCount: number | null }>;
}

/**
 * The `sql` function of postgres (postgres.js). The types of a statement's values depend on its
 * configuration; `never` fits all of them.
 */
export interface PostgresSql {
  unsafe(
    statement: string,
    values: never[],
    options: { prepare: boolean },
  ): PromiseLike<readonly SqlRow[] & { readonly count: number | null }>;
  readonly options: {
    readonly transform: {
      readonly column: { readonly from?: ((column: string) => string) | undefined };
    };
  };
}

/** `Bun.SQL` of a PostgreSQL database. */
export interface BunSql {
  unsafe(
    statement: string,
    values: never[],
  ): PromiseLike<readonly SqlRow[] & { readonly count: number | null }>;
  readonly options: { readonly adapter: string };
}

/** What {@link postgresClient} takes. */
export type PostgresClient = PgPool | PostgresSql | BunSql;

/** SQLSTATE of statements that were taken back whole. */
const RETRYABLE: ReadonlySet<unknown> = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  // What `create ... if not exists` says when somebody else was faster:
  '23505', // unique_violation
  '42P07', // duplicate_table
  '42710', // duplicate_object
]);

/**
 * The client over pg, postgres or Bun.SQL.
 * @throws `invalid-option` when it is neither.
 */
export function postgresClient(client: PostgresClient): SqlClient {
  return retryingClient(wrap(client), isRetryable);
}

/** Bun.SQL has the SQLSTATE as `errno`. */
function isRetryable(error: unknown): boolean {
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  return error instanceof Error && (RETRYABLE.has(code) || RETRYABLE.has(errno));
}

function wrap(client: PostgresClient): SqlClient {
  if (typeof client === 'function' && 'unsafe' in client) {
    const options = (client as { options?: Partial<PostgresSql['options'] & BunSql['options']> })
      .options;
    if (options?.transform !== undefined) return sqlClient(client as PostgresSql);
    if (options?.adapter === 'postgres') return bunClient(client as BunSql);
    throw refused(client);
  }
  // Clients of other databases have a query too.
  if (
    client !== null &&
    typeof client === 'object' &&
    'query' in client &&
    takenElsewhere(client, 'postgresStore') === undefined
  )
    return poolClient(client);
  throw refused(client);
}

function refused(client: unknown): SessionError {
  return refusedClient(
    'postgresStore',
    'client',
    client,
    'Give a Pool of pg (new pg.Pool({ ... })), the function that postgres(...) returns, or a Bun.SQL of PostgreSQL.',
  );
}

function poolClient(pool: PgPool): SqlClient {
  outliveIdleErrors(pool);
  // Without a name, so that the statement leaves nothing behind on a connection that a pooler may
  // give to somebody else.
  async function query(text: string, values: readonly SqlValue[]): ReturnType<PgPool['query']> {
    if (isUnconnected(pool)) throw unconnected();
    const answer = await pool.query({ text, values: [...values] });
    // Other libraries have a query too, and answer with the rows alone.
    if (!Array.isArray(answer?.rows)) throw refused(pool);
    return answer;
  }

  return {
    run: async (text, values) => (await query(text, values)).rowCount ?? 0,
    rows: async (text, values) => (await query(text, values)).rows,
  };
}

/** A `Client` of pg keeps queries until somebody connects it, for ever if nobody does. */
function isUnconnected(client: PgPool): boolean {
  const { _connected, _connecting } = client as { _connected?: unknown; _connecting?: unknown };
  return _connected === false && _connecting === false;
}

function unconnected(): SessionError {
  return new SessionError(
    'store-failed',
    'The pg Client is not connected. Call `await client.connect()` before the first request, or give a Pool.',
  );
}

function sqlClient(sql: PostgresSql): SqlClient {
  const { from: rename } = sql.options.transform.column;
  const restore =
    rename &&
    ((row: SqlRow): SqlRow =>
      Object.fromEntries([...COLUMNS, 'live'].map((name) => [name, row[rename(name)]])));
  // `prepare: false` among the client's own options still has the last word.
  const query = (text: string, values: readonly SqlValue[]) =>
    sql.unsafe(text, [...values] as never[], { prepare: true });
  return {
    run: async (text, values) => (await query(text, values)).count ?? 0,
    rows: async (text, values) => {
      const rows = await query(text, values);
      return restore ? rows.map(restore) : rows;
    },
  };
}

function bunClient(sql: BunSql): SqlClient {
  const query = async (text: string, values: readonly SqlValue[]) =>
    sql.unsafe(text, [...values] as never[]);
  return {
    run: async (text, values) => (await query(text, values)).count ?? 0,
    rows: query,
  };
}
