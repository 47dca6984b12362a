/**
 * One line of the table. To add one, add it here; a new system is also a file in systems/, which exports `start`.
 * @typedef {object} System
 * @property {string} system
 * @property {string} store
 * @property {string} adapter
 * @property {string} module The URL of its file in systems/.
 * @property {number} processes How many server processes share the store.
 */

/**
 * What a file in systems/ exports: it makes a request listener for `http.createServer`, which calls `answer` with each request's session and sends
 * what that returns as JSON. `gone` gives the keys of writes whose session was reported gone.
 * @typedef {(options: {
 *   store: string,
 *   adapter: string,
 *   folder: string,
 *   answer: (url: string, view: import('./shop.js').View) => Promise<object>,
 * }) => Promise<{ listener: import('node:http').RequestListener, gone?: () => string[], close?: () => Promise<void> }>} Start
 */

const OURS = 'sojourn';
const ADAPTERS = ['node', 'express', 'fetch'];
const STORES = ['memory', 'file', 'sqlite'];
const SHARED_STORES = ['file', 'sqlite'];

/** @type {readonly System[]} */
export const SYSTEMS = [
  ...STORES.flatMap((store) => ADAPTERS.map((adapter) => ours(store, adapter, 1))),
  // What happens between processes is the store's affair: one adapter shows it.
  ...SHARED_STORES.map((store) => ours(store, 'node', 2)),
  peer('express-session', 'MemoryStore', 'express'),
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
