import type { SessionStore } from '../../src/index.js';
import { localStores } from '../local-stores.js';
import { postgresStores } from '../remote-stores/postgres.js';
import { redisStores } from '../remote-stores/redis.js';
import { sharedServer } from '../servers.js';

/** A store with what ends it. */
export interface OpenPlace {
  readonly store: SessionStore;
  remove(): Promise<void>;
}

/** A store that the dashboard is tried over. */
export interface Place {
  readonly name: string;
  readonly missing?: string;
  open(now: () => number): Promise<OpenPlace>;
}

let spaces = 0;

const remote = await Promise.all(
  [redisStores[0], postgresStores[0]].map(async (store): Promise<Place> => {
    const server = await sharedServer(store!.server as 'redis');
    if (!server.available)
      return { name: store!.name, missing: server.reason, open: () => Promise.reject() };
    return {
      name: store!.name,
      open: async (now) => {
        const opened = await store!.open(server.url, {
          space: `admin_${process.pid}_${++spaces}`,
          now,
        });
        await opened.store.migrate?.();
        return opened;
      },
    };
  }),
);

export const places: readonly Place[] = [
  { name: 'memory', open: async (now) => localStores.memory({ now }) },
  { name: 'sqlite', open: async (now) => localStores.sqlite({ now }) },
  ...remote,
];
