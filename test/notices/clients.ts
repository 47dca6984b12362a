import { randomBytes } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import { Redis as Redis6 } from 'ioredis6';
import { Redis as Valkey } from 'iovalkey';
import { MongoClient } from 'mongodb';
import { Pool } from 'pg';
import postgres from 'postgres';
import { createClient, createCluster } from 'redis';
import { createClient as createClient5 } from 'redis5';
import { onTestFinished } from 'vitest';
import type { ServerName } from '../../scripts/servers/index.js';
import type { Notices } from '../../src/notices/contract.js';
import { mongodbNotices } from '../../src/notices/mongodb.js';
import { postgresNotices } from '../../src/notices/postgres.js';
import { redisNotices } from '../../src/notices/redis.js';
import { IOREDIS, NODE_REDIS } from '../remote-stores/redis.js';

/** Notices over one client library. */
export interface RemoteNotices {
  readonly name: string;
  readonly server: ServerName;
  /** Notices over a client of their own, which is closed when the test has ended. */
  open(url: string, channel: string): Promise<Notices>;
  /** Sends what is no notice, by the library itself. */
  sendRaw(url: string, channel: string, text: string): Promise<unknown>;
}

export function newChannel(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

interface NodeRedisLife {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): unknown;
}

async function connected<Client extends NodeRedisLife>(client: Client): Promise<Client> {
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => void client.destroy());
  return client;
}

interface IoredisLife {
  on(event: 'error', listener: () => void): unknown;
  disconnect(): void;
}

function connecting<Client extends IoredisLife>(client: Client): Client {
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

function overRedis(
  library: string,
  server: ServerName,
  openClient: (url: string) => Promise<Parameters<typeof redisNotices>[0]['client']>,
): RemoteNotices {
  return {
    name: `${server} over ${library}`,
    server,
    open: async (url, channel) => redisNotices({ client: await openClient(url), channel }),
    sendRaw: async (url, channel, text) => (await openClient(url)).publish(channel, text),
  };
}

export const redisNoticesOf: readonly RemoteNotices[] = [
  overRedis('node-redis 6', 'redis', (url) => connected(createClient({ url, ...NODE_REDIS }))),
  overRedis('node-redis 5', 'redis', (url) => connected(createClient5({ url, ...NODE_REDIS }))),
  overRedis('ioredis 5', 'redis', async (url) => connecting(new Redis(url, IOREDIS))),
  overRedis('ioredis 6', 'redis', async (url) => connecting(new Redis6(url, IOREDIS))),
  overRedis('iovalkey', 'redis', async (url) => connecting(new Valkey(url, IOREDIS))),
];

export const redisClusterNotices: readonly RemoteNotices[] = [
  overRedis('node-redis 6', 'redis-cluster', (url) =>
    connected(createCluster({ rootNodes: [{ url }], defaults: NODE_REDIS })),
  ),
  overRedis('ioredis 5', 'redis-cluster', async (url) =>
    connecting(new Cluster([url], { redisOptions: IOREDIS })),
  ),
];

export const postgresNoticesOf: readonly RemoteNotices[] = [
  {
    name: 'postgres over pg',
    server: 'postgres',
    open: async (url, channel) => postgresNotices({ client: pgPool(url), channel }),
    sendRaw: (url, channel, text) => pgPool(url).query('select pg_notify($1, $2)', [channel, text]),
  },
  {
    name: 'postgres over postgres',
    server: 'postgres',
    open: async (url, channel) => postgresNotices({ client: postgresSql(url), channel }),
    sendRaw: async (url, channel, text) => postgresSql(url).notify(channel, text),
  },
];

/** A pool of one: what listens is beside it. */
function pgPool(url: string): Pool {
  const pool = new Pool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  onTestFinished(() => pool.end());
  return pool;
}

function postgresSql(url: string): postgres.Sql {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => undefined });
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql;
}

export const mongodbNoticesOf: readonly RemoteNotices[] = [
  {
    name: 'mongodb over mongodb 7',
    server: 'mongodb-replica-set',
    open: async (url, channel) => mongodbNotices({ collection: collectionOf(url, channel) }),
    sendRaw: (url, channel, text) => collectionOf(url, channel).insertOne({ text }),
  },
];

function collectionOf(url: string, name: string) {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5000 });
  onTestFinished(() => client.close());
  return client.db('sojourn').collection(name);
}
