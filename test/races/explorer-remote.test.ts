import { afterAll, describe, test } from 'vitest';
import { dynamodbStores } from '../remote-stores/dynamodb.js';
import { memcachedStores } from '../remote-stores/memcached.js';
import { mongodbStores } from '../remote-stores/mongodb.js';
import { mysqlStores } from '../remote-stores/mysql.js';
import { postgresStores } from '../remote-stores/postgres.js';
import { redisStores } from '../remote-stores/redis.js';
import type { OpenRemoteStore, RemoteStore } from '../remote-stores/remote-store.js';
import { sharedServer } from '../servers.js';
import { explore } from './explorer.js';
import { SETTINGS } from './settings.js';

const runs = process.env.SOJOURN_LONG === '1' ? 1000 : 6;

/** The first client of each store. */
const REMOTES: readonly RemoteStore[] = [
  redisStores,
  postgresStores,
  mysqlStores,
  memcachedStores,
  mongodbStores,
  dynamodbStores,
].flatMap((clients) => clients.slice(0, 1));

const STORES = await Promise.all(
  REMOTES.map(async (remote) => ({ ...remote, shared: await sharedServer(remote.server) })),
);

function needsByUser({ options }: (typeof SETTINGS)[number]['programs']): boolean {
  return options?.sessionsPerUser !== undefined;
}

/** A limit of sessions needs `byUser`, and Memcached has no lists. */
function hasByUser(name: string): boolean {
  return !name.startsWith('memcached');
}

describe.for(STORES)(
  '$name: whatever the order of the calls, nothing is lost and nothing revived',
  ({ name, open, shared }) => {
    const settings = SETTINGS.filter(({ programs }) => !needsByUser(programs) || hasByUser(name));
    let clock: () => number = Date.now;
    const opened: OpenRemoteStore[] = [];

    // Two clients for all runs. Each run begins with an empty store: its users are those of others.
    async function stores(): Promise<readonly OpenRemoteStore[]> {
      if (opened.length > 0 || !shared.available) return opened;
      for (let instance = 0; instance < 2; instance++) {
        opened.push(
          await open(shared.url, { space: `explorer_${process.pid}`, now: () => clock() }),
        );
      }
      await opened[0]?.store.migrate?.();
      return opened;
    }

    afterAll(async () => {
      await opened[1]?.close();
      await opened[0]?.remove();
    });

    test.skipIf(!shared.available).for(settings)(
      'F-01 F-02 F-03 F-06 V-01 V-02: $settings',
      async ({ programs }) => {
        await explore({
          runs,
          ...programs,
          async createStore({ now }) {
            clock = now;
            const [first, second] = await stores();
            if (first === undefined || second === undefined) throw new Error('there is no server');
            await first.store.clear?.();
            return { store: first.store, second: second.store };
          },
        });
      },
    );
  },
);
