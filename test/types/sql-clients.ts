// Type tests: this folder is compiled, never run. The clients' own types fit without a cast.
import { createPool as createMariadbPool } from 'mariadb';
import { createPool as createMysqlPool } from 'mysql2';
import { createConnection, createPool as createPromisePool } from 'mysql2/promise';
import { Client, Pool, type PoolClient } from 'pg';
import postgres from 'postgres';
import { mysqlStore } from '../../src/stores/mysql.js';
import { postgresStore } from '../../src/stores/postgres.js';

declare const poolClient: PoolClient;

postgresStore({ client: new Pool() });
postgresStore({ client: new Client() });
postgresStore({ client: poolClient });
postgresStore({ client: postgres() });
postgresStore({
  client: postgres({ types: { bigint: postgres.BigInt }, transform: postgres.camel }),
  table: undefined,
  now: undefined,
});

mysqlStore({ client: createMysqlPool('') });
mysqlStore({ client: createMysqlPool('').promise() });
mysqlStore({ client: createPromisePool('') });
mysqlStore({ client: await createConnection('') });
mysqlStore({ client: createMariadbPool('') });

// @ts-expect-error a client is needed
postgresStore({});
// @ts-expect-error the settings of a client are no client
postgresStore({ client: { connectionString: '' } });
// @ts-expect-error the options of a transaction are no client
mysqlStore({ client: { isolationLevel: '' } });
