import * as connect from 'sojourn/bridges/connect';
import * as keyv from 'sojourn/bridges/keyv';
import * as unstorage from 'sojourn/bridges/unstorage';
import * as rich from 'sojourn/codecs/rich';
import * as dynamodb from 'sojourn/stores/dynamodb';
import * as file from 'sojourn/stores/file';
import * as memcached from 'sojourn/stores/memcached';
import * as memory from 'sojourn/stores/memory';
import * as mongodb from 'sojourn/stores/mongodb';
import * as mysql from 'sojourn/stores/mysql';
import * as postgres from 'sojourn/stores/postgres';
import * as redis from 'sojourn/stores/redis';
import * as sqlite from 'sojourn/stores/sqlite';
import * as tiered from 'sojourn/stores/tiered';

const entries = {
  connect,
  dynamodb,
  file,
  keyv,
  memcached,
  memory,
  mongodb,
  mysql,
  postgres,
  redis,
  rich,
  sqlite,
  tiered,
  unstorage,
};

export const dynamic = 'force-dynamic';

/** Every entry that an app may have, and that the store of SQLite finds its client. */
export async function GET() {
  const store = sqlite.sqliteStore({ file: '.artifacts/next.sqlite' });
  const isFound = (await store.read('none')) === undefined;
  await store.close();
  return Response.json({ entries: Object.keys(entries).length, isFound });
}
