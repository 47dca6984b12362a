import { fork } from 'node:child_process';
import { once } from 'node:events';
import { percentile } from '../measure.js';
import { Client } from './client.js';

const SERVER = new URL('./server.js', import.meta.url);

/**
 * @typedef {object} Load
 * @property {number} connections how many there are, each with one request on its way at a time
 * @property {boolean} [isOneVisitor] whether they share one session, else each has its own
 */

/**
 * The server of one system, and clients for it.
 * @param {string} framework
 * @param {string} system
 * @param {{ directory: string, url: string }} place `url`: of the server that the system keeps
 * sessions in, if it does
 * @param {Load} load
 */
export async function startServer(
  framework,
  system,
  { directory, url },
  { connections, isOneVisitor = false },
) {
  const child = fork(SERVER, [framework, system, directory, url]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The server of ${system} ended with code ${code}`);
  });
  const { port } = await message();
  const shared = isOneVisitor ? new Map() : undefined;
  const clients = await Promise.all(
    Array.from({ length: connections }, () => Client.open(port, shared)),
  );

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
     * Requests a path from all clients for a while: what one request cost the server, and how long
     * the client waited for it.
     * @param {string} path
     * @param {{ remember: boolean }} options
     * @param {number} milliseconds
     */
    async load(path, options, milliseconds) {
      const before = await usage();
      const begin = performance.now();
      const end = begin + milliseconds;
      /** @type {number[]} */
      const waits = [];
      await Promise.all(
        clients.map(async (client) => {
          for (let sent = begin; sent < end; ) {
            await client.get(path, options);
            const answered = performance.now();
            waits.push((answered - sent) * 1000);
            sent = answered;
          }
        }),
      );
      const perSecond = (waits.length * 1000) / (performance.now() - begin);
      const after = await usage();
      const count = waits.length;
      const storeCommands = (after.storeCommands - before.storeCommands) / count;
      return {
        cpuMicros: (after.cpuMicros - before.cpuMicros) / count,
        connections,
        perSecond,
        p50Micros: percentile(waits, 50),
        p99Micros: percentile(waits, 99),
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
