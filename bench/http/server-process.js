import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Client } from './client.js';

const SERVER = new URL('./server.js', import.meta.url);
/** Visitors at once, each with a session of their own. */
const CLIENTS = 16;

/**
 * The server of one system, and clients for it.
 * @param {string} framework
 * @param {string} system
 * @param {string} directory
 * @param {string} url of the server that the system keeps sessions in, if it does
 */
export async function startServer(framework, system, directory, url) {
  const child = fork(SERVER, [framework, system, directory, url]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The server of ${system} ended with code ${code}`);
  });
  const { port } = await message();
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => Client.open(port)));

  /** @returns {Promise<any>} */
  async function message() {
    const [content] = await Promise.race([once(child, 'message'), ended]);
    return content;
  }

  async function usage() {
    child.send('usage');
    const { cpuMicros, storeCommands = Number.NaN } = await message();
    return { cpuMicros, storeCommands };
  }

  return {
    clients,

    /**
     * Requests a path from all clients for a while; what one request cost the server.
     * @param {string} path
     * @param {{ remember: boolean }} options
     * @param {number} milliseconds
     */
    async load(path, options, milliseconds) {
      const before = await usage();
      const end = performance.now() + milliseconds;
      let count = 0;
      await Promise.all(
        clients.map(async (client) => {
          while (performance.now() < end) {
            await client.get(path, options);
            count++;
          }
        }),
      );
      const after = await usage();
      const storeCommands = (after.storeCommands - before.storeCommands) / count;
      return {
        cpuMicros: (after.cpuMicros - before.cpuMicros) / count,
        ...(Number.isNaN(storeCommands) ? {} : { storeCommands }),
      };
    },

    async stop() {
      for (const client of clients) client.close();
      child.disconnect();
      await ended.catch(() => undefined);
    },
  };
}
