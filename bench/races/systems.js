import { absenceOf, FRAMEWORKS } from '../frameworks/index.js';
import { REMOTE_STORES } from '../remote-stores.js';
import { RACES } from './races.js';
import { NEEDS } from './token-races.js';

/**
 * One line of the table. To add one, add it here; a new system is also a file in systems/, which
 * exports `start`.
 * @typedef {object} System
 * @property {string} system
 * @property {string} store
 * @property {string} adapter
 * @property {string} module The URL of its file in systems/.
 * @property {number} processes How many server processes share the store.
 * @property {import('../../scripts/servers/index.js').ServerName} [server] What it keeps sessions
 * in.
 * @property {string | undefined} [url] Of that server, once it is there.
 * @property {readonly string[]} [mayLose] The races in which its documentation says that changes
 * are lost.
 * @property {readonly string[]} [mayRevive] The same for dead sessions that come back.
 * @property {readonly (keyof typeof NEEDS)[]} [has] What it has of all that a race may need.
 * Default: a verb for a new id.
 * @property {Readonly<Record<string, string>>} [cannot] Why it cannot run a race, by the name of
 * that.
 */

/**
 * What a file in systems/ exports: it makes a request listener for `http.createServer`, which calls
 * `answer` with each request's session and sends what that returns as JSON. `gone` gives the keys
 * of writes whose session was reported gone.
 * @typedef {(options: { system: string, store: string, adapter: string, folder: string, url:
 * string, now: () => number, answer: (url: string, view: import('./shop.js').View) =>
 * Promise<object>, }) => Promise<{ listener: import('node:http').RequestListener, gone?: () =>
 * string[], close?: () => Promise<void> }>} Start
 */

const OURS = 'sojourn';
const ADAPTERS = ['node', 'express', 'fetch'];
/** @type {'redis'} */
const REDIS = 'redis';
const STORES = ['memory', 'file', 'sqlite'];
const ONE_PROCESS_STORES = ['keyv', 'unstorage'];
const SHARED_STORES = ['file', 'sqlite'];
/** A process may read what another changed a second ago, which these races would count. */
const LATE_STORES = ['tiered, memory over redis'];
const ALL_RACES = RACES.map(({ name }) => name);
const LOGIN = 'login with 50 in flight';
/**
 * `x = x + 1` is a read, and a write that does not say so: of two at once the later wins, as in
 * each of these originals.
 */
const NO_INCREMENT = { mayLose: ['1,000 increments'] };
/** And `regenerate` begins an empty session, into which a login can only copy what it read. */
const EXPRESS = { mayLose: ['1,000 increments', LOGIN] };
/** FortJs has no verb that moves a session to a new id. */
const ONE_ID = { has: [], cannot: { [LOGIN]: 'no new id' } };
/** Sessions that are their cookie have no id. */
const NO_ID = { has: [] };
/** What a session of Sojourn has on every store; a store that looks up users has the rest too. */
const EVERYWHERE = /** @type {const} */ (['newId', 'change', 'renewal']);
const WITH_USERS = /** @type {const} */ ([...EVERYWHERE, 'endUser', 'endOthers']);

/** @type {readonly System[]} */
export const SYSTEMS = [
  ...STORES.flatMap((store) => ADAPTERS.map((adapter) => ours(store, adapter, 1))),
  // An adapter holds no state between requests, so one store shows what it does.
  ...Object.keys(FRAMEWORKS).map((adapter) => ours('memory', adapter, 1)),
  ...ONE_PROCESS_STORES.map((store) => ours(store, 'node', 1)),
  // What happens between processes is the store's affair: one adapter shows it.
  ...SHARED_STORES.map((store) => ours(store, 'node', 2)),
  ...Object.entries(REMOTE_STORES).flatMap(([store, { server }]) =>
    (LATE_STORES.includes(store) ? [1] : [1, 2]).map((processes) => ({
      ...ours(store, 'node', processes),
      server,
    })),
  ),
  ...[1, 2].map((processes) => ({
    ...ours('cookie first, then sqlite', 'node', processes),
    // Before a session is in the store, the last response wins, and a copied cookie works.
    mayLose: ALL_RACES,
    mayRevive: [LOGIN],
    has: WITH_USERS,
  })),
  ...[1, 2].map((processes) => ({
    ...ours('cookie, revocations in sqlite', 'node', processes),
    mayLose: ALL_RACES,
    has: /** @type {const} */ (['endUser']),
  })),
  ...['MemoryStore', 'connect-redis', 'redis, node-redis'].map((store) => ({
    ...dialect('express-session', store, 'express'),
    ...EXPRESS,
    ...(store !== 'MemoryStore' && { server: REDIS }),
  })),
  {
    ...dialect('express-session', 'redis, node-redis', 'express'),
    ...EXPRESS,
    server: REDIS,
    processes: 2,
  },
  { ...dialect('express3', 'MemoryStore', 'express3', 'express-session'), ...EXPRESS },
  {
    ...dialect('cookie-session', 'cookie', 'express'),
    mayLose: ALL_RACES,
    mayRevive: ALL_RACES,
    ...NO_ID,
  },
  dialect('ostro', 'memory', 'express'),
  dialect('ostro', 'file', 'express'),
  { ...dialect('fort', 'memory', 'fortjs'), ...NO_INCREMENT },
  { ...dialect('simples', 'memory', 'simples'), ...NO_INCREMENT },
  { ...dialect('simples', 'four functions', 'simples'), ...NO_INCREMENT },
  peer('express-session', 'MemoryStore', 'express'),
  { ...peer('express-session', 'connect-redis', 'express'), server: REDIS },
  peer('express3', 'MemoryStore', 'express3', 'express-session'),
  { ...peer('cookie-session', 'cookie', 'express'), ...NO_ID },
  peer('@ostro/session', 'memory', 'express', 'ostro'),
  peer('@ostro/session', 'file', 'express', 'ostro'),
  { ...peer('fortjs', 'memory', 'fortjs', 'fort'), ...ONE_ID },
  peer('simples', 'four functions', 'simples'),
  peer('@fastify/session', 'MemoryStore', 'fastify', 'fastify-session'),
  peer('koa-session', 'Map', 'koa'),
  { ...peer('iron-session', 'cookie', 'node'), ...NO_ID },
  peer('hono-sessions', 'MemoryStore', 'hono'),
  { ...peer('@hono/session', 'cookie', 'hono', 'hono-session'), ...NO_ID },
  { ...peer('@hono/session', 'Map', 'hono', 'hono-session'), ...ONE_ID },
  { ...peer('h3 useSession', 'cookie', 'h3', 'h3-session'), ...NO_ID },
  { ...peer('React Router', 'cookie', 'node', 'cookie-session-storage'), ...NO_ID },
];

/** Why a system cannot run a race; `undefined` when it can. @param {System} system @param {import('./races.js').Race} race */
export function whyNot({ cannot = {}, has = ['newId'] }, race) {
  const missing = race.needs.find((need) => !has.includes(need));
  return cannot[race.name] ?? (missing && NEEDS[missing]);
}

/** Why a system cannot run here at all; `undefined` when it can. @param {System} system */
export function whyAbsent(system) {
  return isOurs(system) ? absenceOf(system.adapter) : undefined;
}

/** Whether a system needs the packages of bench/. @param {System} system */
export function needsPackages(system) {
  return !isOurs(system) || system.adapter in FRAMEWORKS;
}

/** @param {{ system: string }} system */
export function isOurs({ system }) {
  return system === OURS || system.startsWith(`${OURS}/`);
}

/** @param {System} system */
export function storeLabel({ store, processes }) {
  return processes === 1 ? store : `${store} (${processes} processes)`;
}

/**
 * @param {string} store
 * @param {string} adapter
 * @param {number} processes
 * @returns {System}
 */
function ours(store, adapter, processes) {
  // Memcached cannot look up the sessions of a user.
  const has = store === 'memcached' ? EVERYWHERE : WITH_USERS;
  return { system: OURS, store, adapter, module: moduleOf('sojourn'), processes, has };
}

/**
 * @param {string} name
 * @param {string} store
 * @param {string} adapter
 * @returns {System}
 */
function dialect(name, store, adapter, file = name) {
  return peer(`${OURS}/${name}`, store, adapter, file);
}

/**
 * @param {string} system
 * @param {string} store
 * @param {string} adapter
 * @returns {System}
 */
function peer(system, store, adapter, name = system) {
  return { system, store, adapter, module: moduleOf(name), processes: 1 };
}

/** @param {string} name */
function moduleOf(name) {
  return new URL(`systems/${name}.js`, import.meta.url).href;
}
