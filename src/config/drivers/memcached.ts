import { type MemcacheClient, type MemjsClient, memcachedStore } from '../../stores/memcached.js';
import { openFirst } from '../clients.js';
import type { Driver } from '../driver.js';

/** In milliseconds. */
const TIMEOUT = 2000;

/** One server or several: `memcached://localhost:11211`, `memcached://one:11211,two:11211`. */
export const memcachedDriver: Driver = {
  name: 'memcached',
  protocols: ['memcached:'],
  connection: 'memcached://localhost:11211',
  sweepsItself: true,
  open({ connection, table }) {
    const prefix = table === undefined ? undefined : `${table}:`;
    const addresses = connection.replace(/^memcached:(?:\/\/)?/i, '').replace(/\/$/, '');
    return openFirst('memcached', [
      {
        name: 'memcache',
        async open({ Memcache }: Memcache) {
          const client = new Memcache({ nodes: addresses.split(','), timeout: TIMEOUT });
          // What fails is told by the calls that fail.
          client.on('error', () => undefined);
          return {
            store: {
              ...memcachedStore({ client, prefix }),
              close: async () => void (await client.disconnect()),
            },
          };
        },
      },
      {
        name: 'memjs',
        async open({ Client }: Memjs) {
          const client = Client.create(addresses, {
            timeout: TIMEOUT / 1000,
            logger: { log: () => undefined },
          });
          return {
            store: { ...memcachedStore({ client, prefix }), close: async () => client.close() },
          };
        },
      },
    ]);
  },
};

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
