import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionStore } from 'sojourn';
import { dynamodbStore } from 'sojourn/stores/dynamodb';
import { fileStore } from 'sojourn/stores/file';
import { memcachedStore } from 'sojourn/stores/memcached';
import { memoryStore } from 'sojourn/stores/memory';
import { mongodbStore } from 'sojourn/stores/mongodb';
import { mysqlStore } from 'sojourn/stores/mysql';
import { type PostgresClient, postgresStore } from 'sojourn/stores/postgres';
import { type RedisClient, redisStore } from 'sojourn/stores/redis';
import { type SqliteDatabase, sqliteStore } from 'sojourn/stores/sqlite';
import type { StoreCasesOptions } from 'sojourn/testing';

type CreateStore = StoreCasesOptions['createStore'];
type Now = () => number;

/** How a store is made for each case; `url` is its server's. */
export const stores: Readonly<Record<string, (url: string) => Promise<CreateStore>>> = {
  memory:
    async () =>
    async ({ now }) => ({ store: memoryStore({ now }) }),

  file: async () => inFolder((directory, now) => fileStore({ directory, durable: false, now })),

  'node:sqlite': async () =>
    inFolder((folder, now) => sqliteStore({ file: join(folder, 'sessions.sqlite'), now })),

  'bun:sqlite': async () => {
    const { Database } = (await import('bun:sqlite' as string)) as {
      Database: new (file: string) => SqliteDatabase & { exec(statements: string): unknown };
    };
    return inFolder((folder, now) => {
      const database = new Database(join(folder, 'sessions.sqlite'));
      database.exec('pragma journal_mode = wal; pragma synchronous = normal');
      return sqliteStore({ database, now });
    });
  },

  redis: async (url) => {
    const { createClient } = await import('redis');
    const client = await createClient({ url }).connect();
    return onRedis(client);
  },

  ioredis: async (url) => {
    const { Redis } = await import('ioredis');
    return onRedis(new Redis(url));
  },

  pg: async (url) => {
    const { Pool } = await import('pg');
    return onPostgres(new Pool({ connectionString: url, max: 4 }));
  },

  mysql2: async (url) => {
    const { createPool } = await import('mysql2/promise');
    const client = createPool({ uri: url, connectionLimit: 4 });
    return async ({ now }) => {
      const store = mysqlStore({ client, table: space(), now });
      await store.migrate?.();
      return { store, cleanup: async () => store.clear?.() };
    };
  },

  memcache: async (url) => {
    const { Memcache } = await import('memcache');
    const client = new Memcache({ nodes: [new URL(url).host] });
    return async ({ now }) => ({ store: memcachedStore({ client, prefix: `${space()}:`, now }) });
  },

  mongodb: async (url) => {
    const { MongoClient } = await import('mongodb');
    const database = new MongoClient(url).db('sojourn');
    return async ({ now }) => {
      const collection = database.collection(space());
      const store = mongodbStore({ collection, now });
      await store.migrate?.();
      return { store, cleanup: async () => void (await collection.drop()) };
    };
  },

  '@aws-sdk/lib-dynamodb': async (url) => {
    const { DynamoDB } = await import('@aws-sdk/client-dynamodb');
    const { DynamoDBDocument } = await import('@aws-sdk/lib-dynamodb');
    const credentials = { accessKeyId: 'sojourn', secretAccessKey: 'sojourn' };
    const database = new DynamoDB({ endpoint: url, region: 'local', credentials });
    const client = DynamoDBDocument.from(database);
    return async ({ now }) => {
      const table = space();
      const store = dynamodbStore({ client, database, table, now });
      await store.migrate?.();
      return {
        store,
        cleanup: async () => void (await database.deleteTable({ TableName: table })),
      };
    };
  },

  'Bun.SQL': async (url) => {
    const { SQL } = await import('bun' as string);
    return onPostgres(new SQL(url) as PostgresClient);
  },
};

/** A store in a folder of its own, which goes with it. */
function inFolder(open: (folder: string, now: Now) => SessionStore): CreateStore {
  return async ({ now }) => {
    const folder = await mkdtemp(join(tmpdir(), 'sojourn-'));
    const store = open(folder, now);
    await store.migrate?.();
    return {
      store,
      cleanup: async () => {
        await store.close?.();
        await rm(folder, { recursive: true });
      },
    };
  };
}

let spaces = 0;

function space(): string {
  return `runtimes_${process.pid}_${++spaces}`;
}

function onRedis(client: RedisClient): CreateStore {
  return async ({ now }) => {
    const store = redisStore({ client, prefix: `${space()}:`, now });
    return { store, cleanup: async () => store.clear?.() };
  };
}

function onPostgres(client: PostgresClient): CreateStore {
  return async ({ now }) => {
    const store = postgresStore({ client, table: space(), now });
    await store.migrate?.();
    return { store, cleanup: async () => store.clear?.() };
  };
}
