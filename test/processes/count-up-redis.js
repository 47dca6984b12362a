// Increments a number in Redis, a number of times, against whoever else does so.
import { Redis } from 'ioredis';
import { redisStore } from '../../dist/stores/redis.js';
import { countUp } from './count-up.js';

const { url, prefix, id, times } = JSON.parse(process.argv[2] ?? '');
const client = new Redis(url);
const store = redisStore({ client, prefix });

process.once('message', async () => {
  await countUp(store, id, times);
  client.disconnect();
  process.disconnect();
});
process.send?.('ready');
