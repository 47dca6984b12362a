// Increments a number in memcached, a number of times, against whoever else does so.
import { Memcache } from 'memcache';
import { memcachedStore } from '../../dist/stores/memcached.js';
import { countUp } from './count-up.js';

const { host, prefix, id, times } = JSON.parse(process.argv[2] ?? '');
const client = new Memcache({ nodes: [host] });
const store = memcachedStore({ client, prefix });

process.once('message', async () => {
  await countUp(store, id, times);
  await client.disconnect();
  process.disconnect();
});
process.send?.('ready');
