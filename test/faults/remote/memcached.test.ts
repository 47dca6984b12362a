import { memcachedStores } from '../../remote-stores/memcached.js';
import { storeFaults } from '../store-faults.js';

await storeFaults(memcachedStores, { kept: 'nothing', deletes: ['md ', '\u0080\u0004'] });
