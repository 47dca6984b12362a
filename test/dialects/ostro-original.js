// An application on the real @ostro/session 1.0.10. In a process of its own: loading it changes the
// strings of the whole process, `replaceAll` among them.
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createApp } from '../../examples/ostro/app.js';
import { openStore } from '../processes/open-store.js';
import { createPages } from './ostro-pages.js';

/**
 * @typedef {object} OriginalOptions
 * @property {'chapter' | 'pages'} app
 * @property {object} [config] Over the skeleton's configuration.
 * @property {import('../processes/open-store.js').Place} [place] Where the driver `'sojourn'` keeps
 * sessions; it is added as OstroJS's own drivers are.
 * @property {import('../../src/bridges/handler.js').ToHandlerOptions} [handler]
 * @property {string} [fault] A file: when it is there, the next read fails, and deletes it.
 * @property {string} [extend] The name of a driver that is registered with `extend`.
 */

/** @type {OriginalOptions} */
const { app, config, place, handler, fault, extend } = JSON.parse(process.argv[2] ?? '');
const store = place && withFault(openStore(place));
const { toHandler } = await import('../../dist/bridges/handler.js');
// After the store is made: from here on `replaceAll` takes every text for a pattern.
const SessionManager = createRequire(import.meta.url)('@ostro/session');

// As the skeleton sets them; the lottery never draws.
const settings = {
  session: {
    driver: store === undefined ? 'memory' : 'sojourn',
    lifetime: 120,
    lottery: [0, 100],
    cookie: 'ostro_session',
    path: '/',
    http_only: true,
    same_site: 'lax',
    resave: false,
    saveUninitialized: true,
    ...config,
  },
  app: { key: 'k7WqPz2vXn9sRf4tLb8mYc3dGh6jAe1u' },
};

const manager = new SessionManager({ config: settings, make: () => settings });
// As its own drivers are: they are methods by this pattern.
manager.createSojournDriver = () => manager.adapt(store && toHandler(store, handler));
if (extend !== undefined) manager.extend(extend, () => ({}));
const startSession = manager.start();

/** @type {import('express').RequestHandler} */
const start = (request, response, next) => {
  // OstroJS's response knows its request, which tells with a method whether it is secure.
  Object.assign(response, { request: { secure: () => request.secure } });
  startSession(request, response, next);
};
const noHelper = () => null;
const server = (app === 'chapter' ? createApp(start, noHelper) : createPages(start)).listen(
  0,
  '127.0.0.1',
  () => {
    const address = server.address();
    process.send?.(`http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
  },
);

/**
 * @template {import('../../src/index.js').SessionStore} Store
 * @param {Store} store
 * @returns {Store}
 */
function withFault(store) {
  /** @param {string} id */
  const read = async (id) => {
    if (fault === undefined || !existsSync(fault)) return store.read(id);
    rmSync(fault);
    throw new Error('the disk is gone');
  };
  return { ...store, read };
}

// The test ended.
process.once('disconnect', () => process.exit());
