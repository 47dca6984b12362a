import {
  type PgPool,
  type PostgresClient,
  type PostgresSql,
  postgresStore,
} from '../../stores/postgres.js';
import { POSTGRES } from '../../stores/sql/dialects.js';
import { sqlStatements } from '../../stores/sql/statements.js';
import { clientsOf } from '../clients.js';
import { closedWith, type Driver, type OpenedStore, type Place } from '../driver.js';
import { missingIndexes } from './indexes.js';

/** In seconds. */
const CONNECT_TIMEOUT = 2;

const clients = clientsOf('postgres', [
  {
    name: 'pg',
    async open({ default: { Pool } }: Pg, { connection, table, pruneInterval }) {
      const pool = new Pool({
        connectionString: connection,
        connectionTimeoutMillis: CONNECT_TIMEOUT * 1000,
      });
      const ask: Ask = async (text, values) => (await pool.query({ text, values })).rows;
      return openedStore(pool, { table, pruneInterval }, ask, () => pool.end());
    },
  },
  {
    name: 'postgres',
    async open({ default: postgres }: Postgres, { connection, table, pruneInterval }) {
      const sql = postgres(connection, {
        connect_timeout: CONNECT_TIMEOUT,
        onnotice: () => undefined,
      });
      const ask: Ask = async (text, values) => [
        ...((await sql.unsafe(text, values as never[], { prepare: false })) as Iterable<Row>),
      ];
      return openedStore(sql, { table, pruneInterval }, ask, () => sql.end());
    },
  },
]);

/** `postgres://user:password@localhost:5432/database`. */
export const postgresDriver: Driver = {
  name: 'postgres',
  protocols: ['postgres:', 'postgresql:'],
  connection: 'postgres://localhost:5432/postgres',
  sweepsItself: true,
  statements: (table = 'sessions') => sqlStatements(POSTGRES, table).migrate,
  requireClient: clients.require,
  open: clients.open,
};

interface Pg {
  default: { Pool: new (settings: object) => PgPool & { end(): Promise<void> } };
}

interface Postgres {
  default: (url: string, settings: object) => PostgresSql & { end(): Promise<void> };
}

type Row = Readonly<Record<string, unknown>>;
type Ask = (text: string, values: string[]) => Promise<readonly Row[]>;

function openedStore(
  client: PostgresClient,
  { table = 'sessions', pruneInterval }: Pick<Place, 'table' | 'pruneInterval'>,
  ask: Ask,
  close: () => Promise<void>,
): OpenedStore {
  const [name = '', schema] = table.split('.').reverse();
  const store = postgresStore({ client, table, pruneInterval });
  return {
    store: closedWith(store, close),
    server: {
      async now() {
        const [row] = await ask('select extract(epoch from clock_timestamp()) * 1000 as now', []);
        return Number(row?.now);
      },
      async weaknesses() {
        const rows = await ask(
          `select attname as name from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
           where indrelid = to_regclass($1)`,
          [[schema, name].flatMap((part) => (part === undefined ? [] : [`"${part}"`])).join('.')],
        );
        return missingIndexes(table, rows);
      },
    },
  };
}
