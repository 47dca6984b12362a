// One server process of a race. Started by servers.js, which talks to it over the IPC channel and
// ends it by closing that.
import { createServer } from 'node:http';
import { serve } from './shop.js';

/** @type {import('./systems.js').System & { folder: string }} */
const { module, system, store, adapter, folder, url = '' } = JSON.parse(process.argv[2] ?? '');
/** @type {Map<string, { opened: Promise<void>, open: () => void }>} */
const gates = new Map();

/** @param {string} name */
function gateOf(name) {
  const known = gates.get(name);
  if (known !== undefined) return known;
  /** @type {() => void} */
  let open = () => undefined;
  /** @type {Promise<void>} */
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  const gate = { opened, open };
  gates.set(name, gate);
  return gate;
}

/** @param {string} name */
function pass(name) {
  process.send?.({ arrived: name });
  return gateOf(name).opened;
}

/** How far the clock of the sessions is ahead, in milliseconds. */
let ahead = 0;

const { start } = await import(module);
const {
  listener,
  gone = () => [],
  close = () => undefined,
} = await start({
  system,
  store,
  adapter,
  folder,
  url,
  now: () => Date.now() + ahead,
  /** @type {(url: string, view: import('./shop.js').View) => Promise<object>} */
  answer: (url, view) => serve(url, view, pass),
});

const server = createServer(listener);
process.on('message', (/** @type {{ open?: string, gone?: true, advance?: number }} */ message) => {
  if (message.open !== undefined) gateOf(message.open).open();
  if (message.advance !== undefined) {
    ahead += message.advance;
    process.send?.({ ahead });
  }
  if (message.gone) process.send?.({ gone: gone() });
});
process.on('disconnect', async () => {
  server.closeAllConnections();
  server.close();
  await close();
  process.exit(0);
});
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port }),
);
