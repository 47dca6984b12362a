/** @import { ServerName } from '../../scripts/servers/index.js' */

/**
 * A store under torture.
 * @typedef {object} TorturedStore
 * @property {string} name
 * @property {string} opens Its name in ../our-stores.js, or `sqlite`.
 * @property {ServerName} [server] It has none: its files are in a folder of all processes.
 * @property {string} [query] What its URL needs so that an answer means that a kill loses nothing.
 * @property {boolean} [forgets] Whether a killed server comes back empty, as its page says.
 * @property {boolean} [isService] Whether nobody can kill it where it is used: then it is not
 * killed.
 * @property {boolean} [cannotList] Whether it has no lists of a user's sessions.
 */

/** @type {readonly TorturedStore[]} */
export const STORES = [
  { name: 'redis', opens: 'redis, node-redis', server: 'redis' },
  { name: 'postgres', opens: 'postgres', server: 'postgres' },
  { name: 'mysql', opens: 'mysql', server: 'mariadb' },
  { name: 'mongodb', opens: 'mongodb', server: 'mongodb', query: '?w=1&journal=true' },
  {
    name: 'memcached',
    opens: 'memcached',
    server: 'memcached',
    forgets: true,
    cannotList: true,
  },
  { name: 'dynamodb', opens: 'dynamodb', server: 'dynamodb', isService: true },
  { name: 'sqlite', opens: 'sqlite' },
  { name: 'file', opens: 'file' },
];
