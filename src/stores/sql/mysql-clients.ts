import { refusedClient } from '../contract/refused-client.js';
import type { SqlClient, SqlRow, SqlValue } from './client.js';
import { outliveIdleErrors, retryingClient } from './pools.js';

/**
 * A pool (or connection) of mysql2, with callbacks or promises, or of mariadb, with promises. The
 * clients declare the values of a statement differently; `never` fits all of them.
 */
export interface MysqlClient {
  execute(statement: MysqlStatement, values: never): unknown;
  /** mysql2 with callbacks has this: the same client with promises. */
  promise?(): MysqlClient;
}

/** A statement, with the settings of a client that it must not inherit. */
interface MysqlStatement {
  readonly sql: string;
  /** mariadb would put the values, session data among them, into the text of its errors. */
  readonly logParam: boolean;
  readonly namedPlaceholders: boolean;
  readonly rowsAsArray: boolean;
  readonly nestTables: boolean;
}

const SETTINGS = {
  logParam: false,
  namedPlaceholders: false,
  rowsAsArray: false,
  nestTables: false,
};

/** What a statement that returns no rows is answered with. */
interface Answer {
  affectedRows: number;
}

/** ER_LOCK_DEADLOCK, and ER_CHECKREAD of MariaDB: the row changed since the snapshot. */
const RETRYABLE: ReadonlySet<unknown> = new Set([1213, 1020]);

/** ER_DUP_ENTRY */
const DUPLICATE = 1062;

/**
 * The client over mysql2 or mariadb. Statements are prepared by the server: escaping values in the
 * client would trust its idea of `NO_BACKSLASH_ESCAPES`.
 * @throws `invalid-option` when it is neither, or mariadb with callbacks.
 */
export function mysqlClient(client: MysqlClient): SqlClient {
  const withPromises = typeof client?.promise === 'function' ? client.promise() : client;
  // A third parameter is the callback of mariadb/callback.
  const refused = (): Error =>
    refusedClient(
      'mysqlStore',
      'client',
      client,
      'Give a pool of mysql2 (createPool({ ... })), or of mariadb with promises, not of mariadb/callback.',
    );
  if (typeof withPromises?.execute !== 'function' || withPromises.execute.length > 2)
    throw refused();
  outliveIdleErrors(withPromises);

  const execute = (sql: string, values: readonly SqlValue[]) =>
    withPromises.execute({ sql, ...SETTINGS }, values as never);

  // mysql2 answers with a pair, of which the second is about columns; mariadb without.
  const direct: SqlClient = {
    async run(statement, values) {
      try {
        const answer = (await execute(statement, values)) as Answer | [Answer, unknown];
        const { affectedRows } = Array.isArray(answer) ? answer[0] : answer;
        if (typeof affectedRows !== 'number') throw refused();
        return affectedRows;
      } catch (error) {
        if (errorNumber(error) === DUPLICATE) return 0;
        throw error;
      }
    },
    async rows(statement, values) {
      const answer = (await execute(statement, values)) as SqlRow[] | [SqlRow[], unknown];
      return Array.isArray(answer[0]) ? answer[0] : (answer as SqlRow[]);
    },
  };
  return retryingClient(direct, (error) => RETRYABLE.has(errorNumber(error)));
}

function errorNumber(error: unknown): unknown {
  return error instanceof Error && 'errno' in error ? error.errno : undefined;
}
