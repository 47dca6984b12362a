import { type MysqlClient, mysqlStore } from '../../stores/mysql.js';
import { MYSQL } from '../../stores/sql/dialects.js';
import { sqlStatements } from '../../stores/sql/statements.js';
import { clientsOf } from '../clients.js';
import { closedWith, type Driver, type OpenedStore, type Place } from '../driver.js';
import { missingIndexes } from './indexes.js';

/** In milliseconds. */
const CONNECT_TIMEOUT = 2000;

const clients = clientsOf('mysql', [
  {
    name: 'mysql2/promise',
    async open({ createPool }: Mysql2, { connection, table, pruneInterval }) {
      const pool = createPool({
        uri: connection.replace(/^mariadb:/, 'mysql:'),
        connectTimeout: CONNECT_TIMEOUT,
      });
      return openedStore(
        pool,
        { table, pruneInterval },
        async (text, values) => (await pool.execute(text, values))[0],
        () => pool.end(),
      );
    },
  },
  {
    name: 'mariadb',
    async open({ createPool }: Mariadb, { connection, table, pruneInterval }) {
      const { hostname, port, username, password, pathname } = new URL(connection);
      const pool = createPool({
        host: hostname,
        port: port === '' ? 3306 : Number(port),
        user: decodeURIComponent(username),
        password: decodeURIComponent(password),
        database: decodeURIComponent(pathname.slice(1)),
        connectTimeout: CONNECT_TIMEOUT,
        acquireTimeout: CONNECT_TIMEOUT,
      });
      return openedStore(
        pool,
        { table, pruneInterval },
        (text, values) => pool.execute(text, values),
        () => pool.end(),
      );
    },
  },
]);

/** MySQL or MariaDB: `mysql://user:password@localhost:3306/database`. */
export const mysqlDriver: Driver = {
  name: 'mysql',
  protocols: ['mysql:', 'mariadb:'],
  connection: 'mysql://localhost:3306/test',
  sweepsItself: true,
  statements: (table = 'sessions') => sqlStatements(MYSQL, table).migrate,
  requireClient: clients.require,
  open: clients.open,
};

interface Mysql2 {
  createPool(settings: object): MysqlClient & {
    execute(text: string, values: string[]): Promise<[readonly Row[]]>;
    end(): Promise<void>;
  };
}

interface Mariadb {
  createPool(settings: object): MysqlClient & {
    execute(text: string, values: string[]): Promise<readonly Row[]>;
    end(): Promise<void>;
  };
}

type Row = Readonly<Record<string, unknown>>;
type Ask = (text: string, values: string[]) => Promise<readonly Row[]>;

function openedStore(
  client: MysqlClient,
  { table = 'sessions', pruneInterval }: Pick<Place, 'table' | 'pruneInterval'>,
  ask: Ask,
  close: () => Promise<void>,
): OpenedStore {
  const [name = '', schema = ''] = table.split('.').reverse();
  const store = mysqlStore({ client, table, pruneInterval });
  return {
    store: closedWith(store, close),
    server: {
      async now() {
        const [row] = await ask('select unix_timestamp(now(3)) * 1000 as now', []);
        return Number(row?.now);
      },
      async weaknesses() {
        const rows = await ask(
          `select column_name as name from information_schema.statistics
           where table_schema = coalesce(nullif(?, ''), database()) and table_name = ? and seq_in_index = 1`,
          [schema, name],
        );
        return missingIndexes(table, rows);
      },
    },
  };
}
