import type { SessionStore } from './contract.js';
import { POSTGRES } from './sql/dialects.js';
import { type PostgresClient, postgresClient } from './sql/postgres-clients.js';
import { sqlStatements } from './sql/statements.js';
import { sqlStore } from './sql/store.js';

export type { PgPool, PostgresClient, PostgresSql } from './sql/postgres-clients.js';

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /**
   * A `Pool` of pg, or the `sql` function of postgres. Its settings stay as they are, and it stays
   * yours to close.
   */
  readonly client: PostgresClient;
  /**
   * The table, with its schema in front if need be; default `'sessions'`. It is made by
   * `migrate()`, which you call.
   */
  readonly table?: string | undefined;
  /** The clock, in epoch milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps sessions in a table of PostgreSQL, which any number of processes may share.
 * @throws `invalid-option` when `client` or `table` is not usable.
 */
export function postgresStore({
  client,
  table = 'sessions',
  now = Date.now,
}: PostgresStoreOptions): SessionStore<number> {
  return sqlStore({
    name: 'postgres',
    client: postgresClient(client),
    statements: sqlStatements(POSTGRES, table),
    now,
  });
}
