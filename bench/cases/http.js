import { join } from 'node:path';
import { makeFolder } from '../../scripts/servers/process.js';
import { ACTIONS } from '../http/listener.js';
import { startServer } from '../http/server-process.js';
import { BARE } from '../measure.js';
import { openRedisCounter } from '../redis-counter.js';

/** @import { Load } from '../http/server-process.js' */
/** @import { Cell } from '../measure.js' */

const PEERS = [
  'express-session MemoryStore',
  'express-session session-file-store',
  'cookie-session',
  'hand-written Map',
];
/** The same with one import changed. */
const DROP_INS = ['sojourn/express-session MemoryStore', 'sojourn/cookie-session'];
const OURS = ['sojourn memory', 'sojourn sqlite', 'sojourn file', 'sojourn sealed'];
/** As long as our own cookie, so that the bare server reads as much. */
const COOKIE_OF_BARE = 'x'.repeat(43);

const IN_REDIS = [
  'sojourn redis, node-redis',
  'sojourn redis, ioredis',
  'sojourn redis, a touch a read',
  'sojourn/express-session redis, node-redis',
  'sojourn/express-session connect-redis',
  'express-session connect-redis',
];

const IN_MEMORY = [
  'sojourn memory',
  'sojourn/express-session MemoryStore',
  'express-session MemoryStore',
];

/**
 * @typedef {object} HttpCaseParts
 * @property {string} name
 * @property {string} framework
 * @property {readonly string[]} systems
 * @property {readonly string[]} [actions] all, when absent
 * @property {boolean} [needsRedis]
 */
/** @typedef {HttpCaseParts & Load} HttpCase */

/** @type {readonly HttpCase[]} */
export const HTTP_CASES = [
  {
    name: 'http express',
    framework: 'express',
    systems: [BARE, ...OURS, ...DROP_INS, ...PEERS],
    connections: 16,
  },
  {
    name: 'http express, one visitor',
    framework: 'express',
    systems: [BARE, ...IN_MEMORY],
    actions: ['read', 'write'],
    connections: 32,
    isOneVisitor: true,
  },
  {
    name: 'http express over Redis',
    framework: 'express',
    systems: [BARE, ...IN_REDIS],
    connections: 16,
    needsRedis: true,
  },
  {
    name: 'http node',
    framework: 'node',
    systems: [BARE, ...OURS, ...DROP_INS, ...PEERS, 'iron-session'],
    connections: 16,
  },
];

/** @type {import('../measure.js').OpenCase<HttpCase>} */
export async function openHttpCase(
  { name, framework, systems, actions: names, needsRedis = false, ...load },
  isWanted,
  redisServers,
) {
  const actions = ACTIONS.filter(
    ({ action }) =>
      (names?.includes(action) ?? true) && systems.some((system) => isWanted(system, action)),
  );
  if (actions.length === 0) return { cells: [], close: async () => undefined };
  const redis = needsRedis ? await redisServers.find('redis') : { url: '' };
  if (redis.url === undefined) {
    const absent = systems
      .filter((system) => system !== BARE)
      .map((system) => ({ system, reason: redis.reason }));
    return { cells: [], absent, close: async () => undefined };
  }
  const counter = needsRedis ? await openRedisCounter(redis.url) : undefined;
  const directory = makeFolder('bench');
  /** @type {Cell[]} */
  const cells = [];
  /** @type {Awaited<ReturnType<typeof startServer>>[]} */
  const servers = [];
  for (const system of systems) {
    const wanted = actions.filter(({ action }) => system === BARE || isWanted(system, action));
    if (wanted.length === 0) continue;
    const server = await startServer(
      framework,
      system,
      { directory: join(directory, system.replaceAll(/[ ,/]+/g, '-')), url: redis.url },
      load,
    );
    servers.push(server);
    for (const client of server.clients) {
      if (system === BARE) client.setCookie('__Host-sid', COOKIE_OF_BARE);
      // One visitor has one session, however many connections.
      if (!load.isOneVisitor || client === server.clients[0])
        await client.get('/start', { remember: true });
      if (!client.hasCookies) throw new Error(`${system} gave no cookie`);
    }
    for (const { action, remember } of wanted) {
      const [visitor] = server.clients;
      const counted = await counter?.count(() => visitor?.get(`/${action}`, { remember }));
      const run = async (/** @type {number} */ milliseconds) => ({
        ...(await server.load(`/${action}`, { remember }, milliseconds)),
        ...counted,
      });
      cells.push({ case: name, system, action, isRequest: true, run });
    }
  }
  return {
    cells,
    async close() {
      await Promise.all(servers.map((server) => server.stop()));
      counter?.close();
    },
  };
}
