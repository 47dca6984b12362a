/*
 * The server of one system, in a process of its own: `server.js <framework> <system> <directory>
 * <url>`. Says its port to its parent, and its usage whenever the parent asks.
 */
import { createServer } from 'node:http';
import express from 'express';
import { sampleData } from '../data.js';
import { BARE, totalCpu } from '../measure.js';
import { SYSTEMS } from './systems.js';

const [framework, name = '', directory = '', url = ''] = process.argv.slice(2);
const system = await SYSTEMS[name]?.({ directory, url });
if (system === undefined) throw new Error(`There is no system '${name}'`);

/** @type {Record<string, (session: any) => unknown>} */
const ACTIONS = {
  '/start': (session) => system.start(session, sampleData()),
  '/untouched': () => undefined,
  '/read': system.read,
  '/write': system.write,
  '/new': (session) => system.start(session, sampleData()),
};

const server =
  framework === 'express' ? createServer(expressApplication()) : createServer(nodeListener());
// Clients wait their turn, however long the other systems take.
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  process.send?.({ port: address.port });
});
process.on('message', () => {
  process.send?.({
    cpuMicros: totalCpu(process.cpuUsage()),
    storeCommands: system.storeCommands?.(),
  });
});
process.on('disconnect', () => process.exit());

function expressApplication() {
  const application = express();
  if (name !== BARE) application.use(/** @type {any} */ (system).middleware);
  for (const [path, act] of Object.entries(ACTIONS)) {
    application.get(path, (/** @type {any} */ request, response) => {
      act(request.session);
      response.send('ok');
    });
  }
  return application;
}

/** @returns {import('node:http').RequestListener} */
function nodeListener() {
  const { listener, middleware } = /** @type {NonNullable<typeof system>} */ (system);
  if (listener !== undefined) return listener(answer);
  return (/** @type {any} */ request, response) => {
    middleware(request, response, () => answer(request, response, request.session));
  };
}

/**
 * @type {(request: import('node:http').IncomingMessage, response:
 * import('node:http').ServerResponse, session: any) => void}
 */
function answer(request, response, session) {
  ACTIONS[request.url ?? '']?.(session);
  response.setHeader('Content-Type', 'text/plain');
  // Some would answer in chunks without it.
  response.setHeader('Content-Length', 2);
  response.end('ok');
}
