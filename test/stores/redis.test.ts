import { describe, test } from 'vitest';
import type { ServerName } from '../../scripts/servers/index.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { redisStores } from '../remote-stores/redis.js';
import { sharedServer } from '../servers.js';
import { testTouches } from './pages.js';

const long = process.env.SOJOURN_LONG === '1';
const SERVERS = [
  'redis',
  'redis-cluster',
  'valkey',
  'redis8',
] as const satisfies readonly ServerName[];
/** The rest runs with SOJOURN_LONG=1 only. */
const SHORT =
  /^redis over|^redis-cluster over (node-redis 6|ioredis 5)|^valkey over node-redis 6|^redis8 over ioredis 5/;

const shared = new Map(
  await Promise.all(
    SERVERS.map(async (name) => [name as ServerName, await sharedServer(name)] as const),
  ),
);
let spaces = 0;

describe.each(redisStores.filter(({ name }) => long || SHORT.test(name)))(
  '$name',
  ({ server: serverName, open }) => {
    const server = shared.get(serverName);
    if (!server?.available) {
      test.skip(`not here: ${server?.reason}`, () => undefined);
      return;
    }

    storeSuite({
      test,
      rounds: long ? 25 : 5,
      differences: { close: 'the client was passed in', migrate: 'there is nothing to create' },
      createStore: async ({ now }) => {
        const space = `suite_${process.pid}_${spaces++}`;
        const [first, second] = await Promise.all([
          open(server.url, { space, now }),
          open(server.url, { space, now }),
        ]);
        return {
          store: first.store,
          second: second.store,
          cleanup: async () => {
            await first.remove();
            await second.close();
          },
        };
      },
    });

    const { url } = server;
    async function use(act: (store: SessionStore) => Promise<void>): Promise<void> {
      const { store, remove } = await open(url, {
        space: `pages_${process.pid}_${spaces++}`,
      });
      await act(store).finally(remove);
    }

    testTouches(use);
  },
);
