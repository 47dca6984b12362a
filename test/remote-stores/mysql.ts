import { createPool as createMariadbPool } from 'mariadb';
import { createPool as createCallbackPool } from 'mysql2';
import { createPool as createPromisePool } from 'mysql2/promise';
import { type MysqlClient, mysqlStore } from '../../src/stores/mysql.js';
import type { OpenRemoteStore, RemoteStore, RemoteStoreOptions } from './remote-store.js';

/** What all three clients do with promises. */
interface Pool {
  query(statement: string): Promise<unknown>;
  end(): Promise<void>;
}

async function openOver(
  client: MysqlClient,
  pool: Pool,
  { space, now, pruneInterval }: RemoteStoreOptions,
): Promise<OpenRemoteStore> {
  const store = mysqlStore({ client, table: space, now, pruneInterval });
  await store.migrate?.();
  return {
    store,
    close: () => pool.end(),
    async remove() {
      await pool.query(`drop table if exists \`${space}\``);
      await pool.end();
    },
  };
}

export const mysqlStores: readonly RemoteStore[] = [
  {
    name: 'mysql over mysql2 with promises',
    server: 'mariadb',
    open(url, options) {
      const pool = createPromisePool({ uri: url, connectionLimit: 4, connectTimeout: 1500 });
      return openOver(pool, pool, options);
    },
  },
  {
    name: 'mysql over mysql2 with callbacks',
    server: 'mariadb',
    open(url, options) {
      const pool = createCallbackPool({ uri: url, connectionLimit: 4, connectTimeout: 1500 });
      return openOver(pool, pool.promise(), options);
    },
  },
  {
    name: 'mysql over mariadb',
    server: 'mariadb',
    open(url, options) {
      const { hostname, port, username, password, pathname } = new URL(url);
      const pool = createMariadbPool({
        host: hostname,
        port: Number(port),
        user: username,
        password,
        database: pathname.slice(1),
        connectionLimit: 4,
        connectTimeout: 1500,
        acquireTimeout: 2000,
      });
      return openOver(pool, pool, options);
    },
  },
];
