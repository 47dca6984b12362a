import { REMOTE_STORES } from '../remote-stores.js';

/**
 * One line of the table. To add one, add it here; a new system is also a file in systems/, which exports `start`.
 * @typedef {object} System
 * @property {string} system
 * @property {string} store
 * @property {string} adapter
 * @property {string} module The URL of its file in systems/.
 * @property {number} processes How many server processes share the store.
 * @property {import('../../scripts/servers/index.js').ServerName} [server] What it keeps sessions in.
 * @property {string | undefined} [url] Of that server, once it is there.
 * @property {boolean} [mayLose] Whether its documentation takes the promise back that no change is lost; it may revive nothing all the same.
 */

/**
 * What a file in systems/ exports: it makes a request listener for `http.createServer`, which calls `answer` with each request's session and sends
 * what that returns as JSON. `gone` gives the keys of writes whose session was reported gone.
 * @typedef {(options: {
 *   store: string,
 *   adapter: string,
 *   folder: string,
 *   url: string,
 *   answer: (url: string, view: import('./shop.js').View) => Promise<object>,
 * }) => Promise<{ listener: import('node:http').RequestListener, gone?: () => string[], close?: () => Promise<void> }>} Start
 */

const OURS = 'sojourn';
const ADAPTERS = ['node', 'express', 'fetch'];
const STORES = ['memory', 'file', 'sqlite'];
const ONE_PROCESS_STORES = ['keyv', 'unstorage'];
const SHARED_STORES = ['file', 'sqlite'];
/** A process may read what another changed a second ago, which these races would count. */
const LATE_STORES = ['tiered, memory over redis'];

/** @type {readonly System[]} */
export const SYSTEMS = [
  ...STORES.flatMap((store) => ADAPTERS.map((adapter) => ours(store, adapter, 1))),
  ...ONE_PROCESS_STORES.map((store) => ours(store, 'node', 1)),
  // What happens between processes is the store's affair: one adapter shows it.
  ...SHARED_STORES.map((store) => ours(store, 'node', 2)),
  ...Object.entries(REMOTE_STORES).flatMap(([store, { server }]) =>
    (LATE_STORES.includes(store) ? [1] : [1, 2]).map((processes) => ({ ...ours(store, 'node', processes), server })),
  ),
  ...[1, 2].map((processes) => ({ ...ours('cookie, revocations in sqlite', 'node', processes), mayLose: true })),
  peer('express-session', 'MemoryStore', 'express'),
  { ...peer('express-session', 'connect-redis', 'express'), server: 'redis' },
  peer('cookie-session', 'cookie', 'express'),
  peer('@fastify/session', 'MemoryStore', 'fastify', 'fastify-session'),
  peer('koa-session', 'Map', 'koa'),
  peer('iron-session', 'cookie', 'node'),
];

/** @param {{ system: string }} system */
export function isOurs({ system }) {
  return system === OURS;
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
  return { system: OURS, store, adapter, module: moduleOf('sojourn'), processes };
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
