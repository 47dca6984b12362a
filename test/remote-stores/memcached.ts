import { Memcache } from 'memcache';
import { Client } from 'memjs';
import { memcachedStore } from '../../src/stores/memcached.js';
import type { RemoteStore } from './remote-store.js';

/**
 * Nothing can be listed, so what a test leaves behind stays in the throw-away server until it
 * expires.
 */
export const memcachedStores: readonly RemoteStore[] = [
  {
    name: 'memcached over memcache',
    server: 'memcached',
    async open(url, { space, now }) {
      const client = new Memcache({ nodes: [new URL(url).host], timeout: 1500 });
      client.on('error', () => undefined);
      const close = () => client.disconnect();
      return { store: memcachedStore({ client, prefix: `${space}:`, now }), close, remove: close };
    },
  },
  {
    name: 'memcached over memjs',
    server: 'memcached',
    async open(url, { space, now }) {
      const client = Client.create(new URL(url).host, {
        timeout: 1.5,
        logger: { log: () => undefined },
      });
      const close = async () => client.close();
      return { store: memcachedStore({ client, prefix: `${space}:`, now }), close, remove: close };
    },
  },
];
