import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis6';
import { Redis as Valkey, Cluster as ValkeyCluster } from 'iovalkey';
import * as redis6 from 'redis';
import * as redis5 from 'redis5';
import type { ServerName } from '../../scripts/servers/index.js';
import { type RedisClient, redisStore } from '../../src/stores/redis.js';
import type { RemoteStore } from './remote-store.js';

/** As docs/stores/redis.md recommends them: what cannot be answered soon fails soon. */
export const NODE_REDIS = {
  disableOfflineQueue: true,
  socket: { connectTimeout: 2000, reconnectStrategy: 500 },
};
export const IOREDIS = { maxRetriesPerRequest: 1, connectTimeout: 2000, retryStrategy: () => 500 };

interface OpenClient {
  readonly client: RedisClient;
  close(): Promise<unknown>;
}

/** What node-redis makes, connected. */
async function connected<Client extends RedisClient & NodeRedisLife>(
  client: Client,
): Promise<OpenClient> {
  client.on('error', () => undefined);
  await client.connect();
  return { client, close: async () => client.destroy() };
}

interface NodeRedisLife {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): unknown;
}

/** What ioredis or iovalkey makes; it connects by itself. */
async function connecting<Client extends RedisClient & IoredisLife>(
  client: Client,
): Promise<OpenClient> {
  client.on('error', () => undefined);
  return { client, close: async () => client.disconnect() };
}

interface IoredisLife {
  on(event: 'error', listener: () => void): unknown;
  disconnect(): void;
}

function remoteStore(
  library: string,
  server: ServerName,
  openClient: (url: string) => Promise<OpenClient>,
): RemoteStore {
  return {
    name: `${server} over ${library}`,
    server,
    async open(url, { space, now }) {
      const { client, close } = await openClient(url);
      const store = redisStore({ client, prefix: `${space}:`, now });
      return {
        store,
        close: async () => void (await close()),
        async remove() {
          await store.clear?.();
          await close();
        },
      };
    },
  };
}

export const redisStores: readonly RemoteStore[] = [
  remoteStore('node-redis 6', 'redis', (url) =>
    connected(redis6.createClient({ url, ...NODE_REDIS })),
  ),
  remoteStore('node-redis 5', 'redis', (url) =>
    connected(redis5.createClient({ url, ...NODE_REDIS })),
  ),
  remoteStore('a pool of node-redis 6', 'redis', (url) =>
    connected(redis6.createClientPool({ url, ...NODE_REDIS })),
  ),
  remoteStore('ioredis 5', 'redis', (url) => connecting(new Redis(url, IOREDIS))),
  remoteStore('ioredis 6', 'redis', (url) => connecting(new Redis6(url, IOREDIS))),
  remoteStore('iovalkey', 'redis', (url) => connecting(new Valkey(url, IOREDIS))),

  remoteStore('node-redis 6', 'redis-cluster', (url) =>
    connected(redis6.createCluster({ rootNodes: [{ url }], defaults: NODE_REDIS })),
  ),
  remoteStore('node-redis 5', 'redis-cluster', (url) =>
    connected(redis5.createCluster({ rootNodes: [{ url }], defaults: NODE_REDIS })),
  ),
  remoteStore('ioredis 5', 'redis-cluster', (url) =>
    connecting(new Cluster([url], { redisOptions: IOREDIS })),
  ),
  remoteStore('ioredis 6', 'redis-cluster', (url) =>
    connecting(new Cluster6([url], { redisOptions: IOREDIS })),
  ),
  remoteStore('iovalkey', 'redis-cluster', (url) =>
    connecting(new ValkeyCluster([url], { redisOptions: IOREDIS })),
  ),

  remoteStore('node-redis 6', 'valkey', (url) =>
    connected(redis6.createClient({ url, ...NODE_REDIS })),
  ),
  remoteStore('iovalkey', 'valkey', (url) => connecting(new Valkey(url, IOREDIS))),
  remoteStore('ioredis 5', 'redis8', (url) => connecting(new Redis(url, IOREDIS))),
  remoteStore('node-redis 6', 'redis8', (url) =>
    connected(redis6.createClient({ url, ...NODE_REDIS })),
  ),
];

/** Opened with the URL of a sentinel of the master called `main`. */
export const redisSentinelStores: readonly RemoteStore[] = [
  remoteStore('node-redis 6', 'redis-sentinel', (url) =>
    connected(redis6.createSentinel(nodeRedisSentinel(url))),
  ),
  remoteStore('ioredis 5', 'redis-sentinel', (url) => connecting(new Redis(ioredisSentinel(url)))),
  remoteStore('node-redis 5', 'redis-sentinel', (url) =>
    connected(redis5.createSentinel(nodeRedisSentinel(url))),
  ),
  remoteStore('ioredis 6', 'redis-sentinel', (url) => connecting(new Redis6(ioredisSentinel(url)))),
  remoteStore('iovalkey', 'redis-sentinel', (url) => connecting(new Valkey(ioredisSentinel(url)))),
];

function nodeRedisSentinel(url: string) {
  return { name: 'main', sentinelRootNodes: [addressOf(url)], nodeClientOptions: NODE_REDIS };
}

function ioredisSentinel(url: string) {
  return { name: 'main', sentinels: [addressOf(url)], failoverDetector: true, ...IOREDIS };
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
