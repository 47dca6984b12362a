// What the stores say to clients of Bun that they do not take: a line of JSON.
import { mysqlStore } from 'sojourn/stores/mysql';
import { postgresStore } from 'sojourn/stores/postgres';
import { redisStore } from 'sojourn/stores/redis';
import { sqliteStore } from 'sojourn/stores/sqlite';

const { RedisClient, SQL } = await import('bun' as string);
const mysql = new SQL('mysql://user@localhost/shop');
const sqlite = new SQL('sqlite://:memory:');
const redis = new RedisClient('redis://localhost:1');

function refusalOf(task: () => unknown): string {
  try {
    task();
    return 'taken';
  } catch (error) {
    return String(error);
  }
}

console.log(
  JSON.stringify([
    refusalOf(() => postgresStore({ client: mysql })),
    refusalOf(() => mysqlStore({ client: mysql })),
    refusalOf(() => sqliteStore({ database: sqlite })),
    refusalOf(() => redisStore({ client: redis })),
  ]),
);
process.exit();
