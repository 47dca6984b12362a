import { Pool } from 'pg';
import postgres from 'postgres';
import { postgresStore } from '../../src/stores/postgres.js';
import type { RemoteStore } from './remote-store.js';

export const postgresStores: readonly RemoteStore[] = [
  {
    name: 'postgres over pg',
    server: 'postgres',
    async open(url, { space, now, pruneInterval }) {
      const pool = new Pool({
        connectionString: url,
        max: 4,
        connectionTimeoutMillis: 1500,
        query_timeout: 2000,
        keepAlive: true,
      });
      const store = postgresStore({ client: pool, table: space, now, pruneInterval });
      await store.migrate?.();
      return {
        store,
        close: () => pool.end(),
        async remove() {
          await pool.query(`drop table if exists "${space}"`);
          await pool.end();
        },
      };
    },
  },
  {
    name: 'postgres over postgres',
    server: 'postgres',
    async open(url, { space, now, pruneInterval }) {
      const sql = postgres(url, { max: 4, connect_timeout: 2, onnotice: () => undefined });
      const store = postgresStore({ client: sql, table: space, now, pruneInterval });
      await store.migrate?.();
      return {
        store,
        close: () => sql.end({ timeout: 1 }),
        async remove() {
          await sql`drop table if exists ${sql(space)}`;
          await sql.end({ timeout: 1 });
        },
      };
    },
  },
];
