import type { Duration } from '../core/expiry.js';
import { checkOptions } from './contract/options.js';
import type { SessionStore } from './contract.js';
import { POSTGRES } from './sql/dialects.js';
import { type PostgresClient, postgresClient } from './sql/postgres-clients.js';
import { sqlStatements } from './sql/statements.js';
import { sqlStore } from './sql/store.js';

export type { BunSql, PgPool, PostgresClient, PostgresSql } from './sql/postgres-clients.js';

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /**
   * A `Pool` of pg, the `sql` function of postgres, or a `Bun.SQL` of PostgreSQL. Its settings stay
   * as they are, and it stays yours to close.
   */
  readonly client: PostgresClient;
  /**
   * The table, with its schema in front if need be; default `'sessions'`. It is made by
   * `migrate()`, which you call.
   */
  readonly table?: string | undefined;
  /**
   * How long after a new record the expired ones are deleted, in small steps, at a random moment in
   * the second half of that time; default `'10m'`. `false`: only `prune` deletes them.
   */
  readonly pruneInterval?: Duration | false | undefined;
  /** The clock, in epoch milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps sessions in a table of PostgreSQL, which any number of processes may share.
 * @throws `invalid-option` when `client`, `table` or `pruneInterval` is not usable.
 */
export function postgresStore(options: PostgresStoreOptions): SessionStore<number> {
  checkOptions('postgresStore', options, ['client', 'table', 'pruneInterval', 'now'], 'client');
  const { client, table = 'sessions', pruneInterval, now = Date.now } = options;
  return sqlStore({
    name: 'postgres',
    client: postgresClient(client),
    statements: sqlStatements(POSTGRES, table),
    pruneInterval,
    now,
  });
}
