// Runs one suite in whatever runtime this is: `main.js store redis redis://127.0.0.1:6379`. The
// last line is the result as JSON.
import { adapterCases, storeCases } from 'sojourn/testing';
import { WITHOUT_SERVER } from '../../adapters/web-reply.js';
import { adapters } from './adapters.js';
import { runCases } from './run-cases.js';
import { stores } from './stores.js';

const [kind = '', name = '', url = ''] = process.argv.slice(2);

const given = { close: 'the client was passed in' };
const onRedis = { ...given, migrate: 'there is nothing to make' };
const differences: Record<string, Record<string, string>> = {
  memory: { migrate: 'memory has no schema' },
  file: { close: 'it holds nothing open' },
  redis: onRedis,
  ioredis: onRedis,
  memcache: {
    ...onRedis,
    byUser: 'memcached finds by key only',
    list: 'memcached cannot list',
    count: 'memcached cannot list',
    prune: 'memcached sweeps by itself',
    clear: 'memcached flushes all or nothing, with the items of others',
  },
  mongodb: given,
  '@aws-sdk/lib-dynamodb': { ...given, prune: 'DynamoDB sweeps by itself' },
  fetch: WITHOUT_SERVER,
};

async function cases() {
  if (kind === 'store') {
    const createStore = await stores[name]!(url);
    return storeCases({ createStore, rounds: 2, differences: differences[name] });
  }
  return adapterCases({ start: adapters[name]!, differences: differences[name] });
}

console.log(JSON.stringify(await runCases(await cases())));
process.exit();
