// One process of the application under torture. applications.js starts it, and kills it.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { sessionListener } from '../../dist/adapters/node.js';
import { createSessions } from '../../dist/index.js';
import { sqliteStore } from '../../dist/stores/sqlite.js';
import { OUR_STORES } from '../our-stores.js';
import { handle } from './handler.js';

/** @type {{ store: string, url: string, directory: string, port: number, ahead: number,
 * isBroken: boolean }} */
const settings = JSON.parse(process.argv[2] ?? '');
const store = settings.isBroken ? careless(await openStore()) : await openStore();

/** How far this machine's clock is ahead, in milliseconds. */
let { ahead } = settings;
/** @type {Record<string, number>} */
const counts = {};

/** @type {import('../../dist/index.js').Sessions<import('./handler.js').Data>} */
const sessions = createSessions({
  store,
  now: () => Date.now() + ahead,
  secret: 'a secret for the torture only, long enough',
  idleTimeout: '12h',
  // Short, so that tokens are renewed often; an old one works to the end of the run.
  rotateAfter: '5s',
  rotationOverlap: '6h',
  deadFor: '6h',
});
for (const event of /** @type {const} */ ([
  'conflict',
  'gone',
  'failed',
  'regenerated',
  'replayed',
]))
  sessions.on(event, () => {
    counts[event] = (counts[event] ?? 0) + 1;
  });

/** @type {WeakSet<import('node:http').IncomingMessage>} */
const begun = new WeakSet();

const listener = sessionListener(
  sessions,
  async (request, response, session) => {
    begun.add(request);
    const { client, operation } = JSON.parse(decodeURIComponent(request.url?.slice(2) ?? ''));
    const reply = await handle(sessions, session, client, operation);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(reply));
  },
  {
    onError(error, request, response) {
      const { code } = /** @type {{ code?: string }} */ (error);
      if (code === undefined) console.error(error);
      response.setHeader('x-begun', begun.has(request) ? 'yes' : 'no');
      response.end(code ?? String(error));
    },
  },
);

async function openStore() {
  const { store: name, url, directory } = settings;
  if (name === 'sqlite') return sqliteStore({ file: join(directory, 'sessions.sqlite') });
  const candidate = OUR_STORES[name];
  if (candidate === undefined) throw new Error(`There is no store ${name} here.`);
  return (await candidate.open({ directory, url })).store;
}

/**
 * What a store without conditional writes does: the last writer wins.
 * @param {import('../../dist/index.js').SessionStore} whole
 * @returns {import('../../dist/index.js').SessionStore}
 */
function careless(whole) {
  return {
    ...whole,
    async update(id, record) {
      const present = await whole.read(id);
      return present && whole.update(id, record, present.version);
    },
  };
}

process.on('message', (/** @type {{ ahead?: number }} */ message) => {
  if (message.ahead !== undefined) ahead = message.ahead;
});
process.on('disconnect', () => process.exit());
setInterval(() => process.send?.({ counts }), 500).unref();
// A request whose client is gone goes on, as that of a browser that was closed does.
createServer(listener).listen(settings.port, '127.0.0.1', () => process.send?.({ isReady: true }));
