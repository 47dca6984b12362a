import { type MemcacheClient, type MemjsClient, memcachedStore } from '../../stores/memcached.js';
import { clientsOf } from '../clients.js';
import type { Driver, Place } from '../driver.js';

/** In milliseconds. */
const TIMEOUT = 2000;

const clients = clientsOf('memcached', [
  {
    name: 'memcache',
    async open({ Memcache }: Memcache, place) {
      const client = new Memcache({ nodes: addressesOf(place).split(','), timeout: TIMEOUT });
      // Failing calls report their own errors.
      client.on('error', () => undefined);
      return {
        store: {
          ...memcachedStore({ client, prefix: prefixOf(place) }),
          close: async () => void (await client.disconnect()),
        },
      };
    },
  },
  {
    name: 'memjs',
    async open({ Client }: Memjs, place) {
      const client = Client.create(addressesOf(place), {
        timeout: TIMEOUT / 1000,
        logger: { log: () => undefined },
      });
      return {
        store: {
          ...memcachedStore({ client, prefix: prefixOf(place) }),
          close: async () => client.close(),
        },
      };
    },
  },
]);

/** One server or several: `memcached://localhost:11211`, `memcached://one:11211,two:11211`. */
export const memcachedDriver: Driver = {
  name: 'memcached',
  protocols: ['memcached:'],
  connection: 'memcached://localhost:11211',
  sweepsItself: true,
  requireClient: clients.require,
  open: clients.open,
};

function addressesOf({ connection }: Place): string {
  return connection.replace(/^memcached:(?:\/\/)?/i, '').replace(/\/$/, '');
}

function prefixOf({ table }: Place): string | undefined {
  return table === undefined ? undefined : `${table}:`;
}

interface Memcache {
  Memcache: new (
    settings: object,
  ) => MemcacheClient & {
    on(event: 'error', listener: () => void): unknown;
    disconnect(): Promise<unknown>;
  };
}

interface Memjs {
  Client: { create(addresses: string, settings: object): MemjsClient & { close(): void } };
}
