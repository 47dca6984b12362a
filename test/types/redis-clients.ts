// Type tests: this folder is compiled, never run. The clients' own types fit without a cast.
import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis6';
import { Redis as Valkey, Cluster as ValkeyCluster } from 'iovalkey';
import * as redis from 'redis';
import * as redis5 from 'redis5';
import { redisStore } from '../../src/stores/redis.js';

const sentinel = { name: 'main', sentinelRootNodes: [{ host: 'localhost', port: 26379 }] };

redisStore({ client: redis.createClient() });
redisStore({ client: redis.createClient({ RESP: 2 }), prefix: undefined, now: undefined });
redisStore({ client: redis.createClientPool() });
redisStore({ client: redis.createCluster({ rootNodes: [] }) });
redisStore({ client: redis.createSentinel(sentinel) });
redisStore({ client: redis5.createClient() });
redisStore({ client: redis5.createClient({ RESP: 3 }) });
redisStore({ client: redis5.createClientPool() });
redisStore({ client: redis5.createCluster({ rootNodes: [] }) });
redisStore({ client: redis5.createSentinel(sentinel) });
redisStore({ client: new Redis() });
redisStore({ client: new Cluster([]) });
redisStore({ client: new Redis6() });
redisStore({ client: new Cluster6([]) });
redisStore({ client: new Valkey() });
redisStore({ client: new ValkeyCluster([]) });

// @ts-expect-error a client is needed
redisStore({});
// @ts-expect-error a URL is no client
redisStore({ client: 'redis://localhost' });
// @ts-expect-error the settings of a client are no client
redisStore({ client: { url: 'redis://localhost' } });
