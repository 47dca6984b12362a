/*
 * The server of one system, in a process of its own: `server.js <framework> <system> <directory>
 * <url>`. Says its port to its parent, and its usage whenever the parent asks.
 */
import { createServer } from 'node:http';
import { totalCpu } from '../measure.js';
import { listenerOf } from './listener.js';
import { SYSTEMS } from './systems.js';
import { warmUp } from './warm-up.js';

const [framework = '', name = '', directory = '', url = ''] = process.argv.slice(2);
const system = await SYSTEMS[name]?.({ directory, url });
if (system === undefined) throw new Error(`There is no system '${name}'`);

const listener = listenerOf(framework, name, system);
await warmUp(listener);
const server = createServer(listener);
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
