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
   * A `Pool` of pg, the `sql` function of postgres, or a `Bun.SQL` of PostgreSQL. The store does
   * not change its settings, and does not close it.
   */
  readonly client: PostgresClient;
  /**
   * The table, with its schema in front if necessary. Default `'sessions'`. Call `migrate()` to
   * create the table.
   */
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

/**
 * Keeps sessions in a PostgreSQL table. Any number of processes may share the table.
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
