import { redisStores } from '../../remote-stores/redis.js';
import { storeFaults } from '../store-faults.js';

// A cluster tells its clients the addresses of its nodes, which lead around the proxy.
const withoutClusters = redisStores.filter(({ server }) => server !== 'redis-cluster');

await storeFaults(withoutClusters, { kept: 'all' });
