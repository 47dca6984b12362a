// Type tests: this folder is compiled, never run. The clients' own types fit without a cast.
import { Memcache } from 'memcache';
import { Client } from 'memjs';
import { memcachedStore } from '../../src/stores/memcached.js';

memcachedStore({ client: new Memcache() });
memcachedStore({ client: Client.create(), prefix: undefined, now: undefined });

// @ts-expect-error a client is needed
memcachedStore({});
// @ts-expect-error the settings of a client are no client
memcachedStore({ client: { nodes: ['localhost:11211'] } });
