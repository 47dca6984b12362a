import type { Duration } from '../core/expiry.js';
import { checkOptions } from './contract/options.js';
import { isMoved, type SessionStore } from './contract.js';
import { MYSQL } from './sql/dialects.js';
import { type MysqlClient, mysqlClient } from './sql/mysql-clients.js';
import { sqlStatements } from './sql/statements.js';
import { sqlStore } from './sql/store.js';

export type { MysqlClient } from './sql/mysql-clients.js';

/** Options of {@link mysqlStore}. */
export interface MysqlStoreOptions {
  /**
   * A pool of mysql2, with callbacks or promises, or of mariadb. The store does not change its
   * settings, and does not close it.
   */
  readonly client: MysqlClient;
  /**
   * The table, with its database in front if necessary. Default `'sessions'`. Call `migrate()` to
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
 * Keeps sessions in a MySQL or MariaDB table. Any number of processes may share the table.
 * @throws `invalid-option` when `client`, `table` or `pruneInterval` is not usable.
 */
export function mysqlStore(options: MysqlStoreOptions): SessionStore<number> {
  checkOptions('mysqlStore', options, ['client', 'table', 'pruneInterval', 'now'], 'client');
  const { client, table = 'sessions', pruneInterval, now = Date.now } = options;
  const store = sqlStore({
    name: 'mysql',
    client: mysqlClient(client),
    statements: sqlStatements(MYSQL, table),
    pruneInterval,
    now,
  });
  return {
    ...store,

    async touch(id, expiresAt, touchedAt) {
      // A client without FOUND_ROWS does not count a row that already had these values.
      if (await store.touch(id, expiresAt, touchedAt)) return true;
      const found = await store.read(id);
      return found !== undefined && !isMoved(found.record);
    },
  };
}
