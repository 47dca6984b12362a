/** @import { ServerName } from '../scripts/servers/index.js' */
/** @import { SessionStore } from '../dist/index.js' */

/**
 * A store of ours over a server, with one client library.
 * @typedef {object} RemoteStore
 * @property {ServerName} server
 * @property {readonly string[]} packages The client's.
 * @property {(url: string) => Promise<{ store: SessionStore, close(): unknown }>} open Imports the
 * client, connects it as the store's page in docs/ recommends, and makes what the store needs on
 * the server. `close` closes the client.
 */

const NAME = 'sojourn_bench';
const NODE_REDIS = {
  disableOfflineQueue: true,
  socket: { connectTimeout: 2000, reconnectStrategy: 500 },
};
const IOREDIS = { maxRetriesPerRequest: 1, connectTimeout: 2000, retryStrategy: () => 500 };

/**
 * By the name of the store and, where there are several, of the client. @type
 * {Readonly<Record<string, RemoteStore>>}
 */
export const REMOTE_STORES = {
  'redis, node-redis': {
    server: 'redis',
    packages: ['redis'],
    async open(url) {
      const { createClient } = await import('redis');
      return overNodeRedis(createClient({ url, ...NODE_REDIS }));
    },
  },

  'redis, ioredis': {
    server: 'redis',
    packages: ['ioredis'],
    async open(url) {
      const { Redis } = await import('ioredis');
      const client = new Redis(url, IOREDIS);
      client.on('error', report);
      return overRedis(client, () => client.disconnect());
    },
  },

  'redis-cluster': {
    server: 'redis-cluster',
    packages: ['redis'],
    async open(url) {
      const { createCluster } = await import('redis');
      return overNodeRedis(createCluster({ rootNodes: [{ url }], defaults: NODE_REDIS }));
    },
  },

  'tiered, memory over redis': {
    server: 'redis',
    packages: ['redis'],
    async open(url) {
      const { store: far, close } = await openRemoteStore('redis, node-redis', url);
      const { memoryStore } = await import('../dist/stores/memory.js');
      const { tieredStore } = await import('../dist/stores/tiered.js');
      return { store: tieredStore({ near: memoryStore({ warn: false }), far }), close };
    },
  },

  postgres: {
    server: 'postgres',
    packages: ['pg'],
    async open(url) {
      const { Pool } = await import('pg');
      const { postgresStore } = await import('../dist/stores/postgres.js');
      const pool = new Pool({
        connectionString: url,
        connectionTimeoutMillis: 1500,
        query_timeout: 2000,
      });
      pool.on('error', report);
      return migrated(postgresStore({ client: pool, table: NAME }), () => pool.end());
    },
  },

  mysql: {
    server: 'mariadb',
    packages: ['mysql2'],
    async open(url) {
      const { createPool } = await import('mysql2/promise');
      const { mysqlStore } = await import('../dist/stores/mysql.js');
      const pool = createPool({ uri: url, connectTimeout: 1500 });
      return migrated(mysqlStore({ client: pool, table: NAME }), () => pool.end());
    },
  },

  memcached: {
    server: 'memcached',
    packages: ['memcache'],
    async open(url) {
      const { Memcache } = await import('memcache');
      const { memcachedStore } = await import('../dist/stores/memcached.js');
      const client = new Memcache({ nodes: [new URL(url).host], timeout: 1500 });
      client.on('error', report);
      return {
        store: memcachedStore({ client, prefix: `${NAME}:` }),
        close: () => client.disconnect(),
      };
    },
  },

  mongodb: {
    server: 'mongodb',
    packages: ['mongodb'],
    async open(url) {
      const { MongoClient } = await import('mongodb');
      const { mongodbStore } = await import('../dist/stores/mongodb.js');
      const client = new MongoClient(url, {
        serverSelectionTimeoutMS: 2000,
        waitQueueTimeoutMS: 2000,
        socketTimeoutMS: 10_000,
      });
      return migrated(mongodbStore({ collection: client.db('sojourn').collection(NAME) }), () =>
        client.close(),
      );
    },
  },

  dynamodb: {
    server: 'dynamodb',
    packages: ['@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb'],
    async open(url) {
      // It warns of the end of Node 20.
      process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
      const { DynamoDB } = await import('@aws-sdk/client-dynamodb');
      const { DynamoDBDocument } = await import('@aws-sdk/lib-dynamodb');
      const { dynamodbStore } = await import('../dist/stores/dynamodb.js');
      const database = new DynamoDB({
        endpoint: url,
        region: 'local',
        credentials: { accessKeyId: 'sojourn', secretAccessKey: 'sojourn' },
        requestHandler: {
          connectionTimeout: 1000,
          requestTimeout: 1500,
          throwOnRequestTimeout: true,
        },
      });
      return migrated(
        dynamodbStore({ client: DynamoDBDocument.from(database), database, table: NAME }),
        () => database.destroy(),
      );
    },
  },
};

/** @param {string} name @param {string} url */
export function openRemoteStore(name, url) {
  const known = REMOTE_STORES[name];
  if (known === undefined) throw new Error(`There is no store ${name} here.`);
  return known.open(url);
}

/**
 * @param {ReturnType<typeof import('redis').createClient> | ReturnType<typeof
 * import('redis').createCluster>} client
 */
async function overNodeRedis(client) {
  client.on('error', report);
  await client.connect();
  return overRedis(client, () => client.destroy());
}

/** @param {import('../dist/stores/redis.js').RedisClient} client @param {() => unknown} close */
async function overRedis(client, close) {
  const { redisStore } = await import('../dist/stores/redis.js');
  return { store: redisStore({ client, prefix: `${NAME}:` }), close };
}

/** @param {SessionStore} store @param {() => unknown} close */
async function migrated(store, close) {
  await store.migrate?.();
  return { store, close };
}

/** @param {unknown[]} details */
function report(...details) {
  console.error(...details);
}
