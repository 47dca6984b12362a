import cookieDropIn from '../../dist/dialects/cookie-session.js';
import dropIn from '../../dist/dialects/express-session.js';
import { BARE } from '../measure.js';
import { handWritten } from '../systems/floor.js';
import {
  connectRedis,
  cookieSessionOf,
  expressSessionOf,
  ironSessionListener,
  MemoryStore,
  sessionFileStore,
} from '../systems/peers.js';
import {
  inFiles,
  inMemory,
  inRemote,
  inSqlite,
  sealed,
  sojournConnect,
} from '../systems/sojourn.js';
import { noVerbs } from '../systems/verbs.js';

/** @import { ConnectSystem } from '../systems/types.js' */

/**
 * What a server process can run with, by name; `directory` is its own, `url` leads to Redis.
 * @type {Record<string, (place: { directory: string, url: string }) => ConnectSystem |
 * Promise<ConnectSystem>>}
 */
export const SYSTEMS = {
  [BARE]: () => ({ ...noVerbs, middleware: (_request, _response, next) => next() }),
  'sojourn memory': () => sojournConnect(inMemory()),
  'sojourn sqlite': ({ directory }) => sojournConnect(inSqlite(directory)),
  'sojourn file': ({ directory }) => sojournConnect(inFiles(directory)),
  'sojourn sealed': () => sojournConnect(sealed()),
  'sojourn redis, node-redis': async ({ url }) =>
    sojournConnect(await inRemote('redis, node-redis', url)),
  'sojourn redis, ioredis': async ({ url }) =>
    sojournConnect(await inRemote('redis, ioredis', url)),
  'sojourn redis, a touch a read': async ({ url }) =>
    sojournConnect({ ...(await inRemote('redis, node-redis', url)), touchAfter: '1ms' }),
  'express-session MemoryStore': () => expressSessionOf(new MemoryStore()),
  'express-session session-file-store': ({ directory }) =>
    expressSessionOf(sessionFileStore(directory)),
  'express-session connect-redis': async ({ url }) =>
    expressSessionOf((await connectRedis(url)).store),
  'sojourn/express-session MemoryStore': () => expressSessionOf(new dropIn.MemoryStore(), dropIn),
  'sojourn/express-session connect-redis': async ({ url }) =>
    expressSessionOf((await connectRedis(url)).store, dropIn),
  'sojourn/express-session redis, node-redis': async ({ url }) =>
    expressSessionOf((await inRemote('redis, node-redis', url)).store, dropIn),
  'cookie-session': () => cookieSessionOf(),
  'sojourn/cookie-session': () => cookieSessionOf(cookieDropIn),
  'iron-session': ironSessionListener,
  'hand-written Map': handWritten,
};
