// Increments a number in PostgreSQL or MySQL, a number of times, against whoever else does so.
import { createPool } from 'mysql2/promise';
import { Pool } from 'pg';
import { mysqlStore } from '../../dist/stores/mysql.js';
import { postgresStore } from '../../dist/stores/postgres.js';
import { countUp } from './count-up.js';

const { url, table, id, times } = JSON.parse(process.argv[2] ?? '');
const { client, store } = url.startsWith('postgres:') ? postgres() : mysql();

function postgres() {
  const client = new Pool({ connectionString: url });
  return { client, store: postgresStore({ client, table }) };
}

function mysql() {
  const client = createPool(url);
  return { client, store: mysqlStore({ client, table }) };
}

process.once('message', async () => {
  await countUp(store, id, times);
  await client.end();
  process.disconnect();
});
process.send?.('ready');
