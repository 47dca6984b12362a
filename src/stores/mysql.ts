import { isMoved, type SessionStore } from './contract.js';
import { MYSQL } from './sql/dialects.js';
import { type MysqlClient, mysqlClient } from './sql/mysql-clients.js';
import { sqlStatements } from './sql/statements.js';
import { sqlStore } from './sql/store.js';

export type { MysqlClient } from './sql/mysql-clients.js';

/** Options of {@link mysqlStore}. */
export interface MysqlStoreOptions {
  /**
   * A pool of mysql2, with callbacks or promises, or of mariadb. Its settings stay as they are, and
   * it stays yours to close.
   */
  readonly client: MysqlClient;
  /**
   * The table, with its database in front if need be; default `'sessions'`. It is made by
   * `migrate()`, which you call.
   */
  readonly table?: string | undefined;
  /** The clock, in epoch milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps sessions in a table of MySQL or MariaDB, which any number of processes may share.
 * @throws `invalid-option` when `client` or `table` is not usable.
 */
export function mysqlStore({
  client,
  table = 'sessions',
  now = Date.now,
}: MysqlStoreOptions): SessionStore<number> {
  const store = sqlStore({
    name: 'mysql',
    client: mysqlClient(client),
    statements: sqlStatements(MYSQL, table),
    now,
  });
  return {
    ...store,

    async touch(id, expiresAt, touchedAt) {
      // A client without FOUND_ROWS does not count a row that had these very values.
      if (await store.touch(id, expiresAt, touchedAt)) return true;
      const found = await store.read(id);
      return found !== undefined && !isMoved(found.record);
    },
  };
}
