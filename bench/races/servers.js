import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createArrivals } from './arrivals.js';

/**
 * The server processes of one system, all on one store.
 * @typedef {object} Servers
 * @property {readonly string[]} origins
 * @property {(gate: string, count: number) => Promise<void>} arrived Waits until so many requests
 * wait at a gate, in all processes together.
 * @property {(gate: string) => void} open Lets those go who wait at a gate, and those who will
 * come.
 * @property {(milliseconds: number) => Promise<void>} advance Moves the clock of the sessions on.
 * @property {() => Promise<Set<string>>} gone The keys whose writers were told that their session
 * is gone, since this was last asked.
 * @property {() => Promise<void>} stop
 */

/**
 * @param {import('./systems.js').System} system
 * @param {string} folder Where a store may keep files.
 * @returns {Promise<Servers>}
 */
export async function startServers(system, folder) {
  const arrivals = createArrivals();

  const children = Array.from({ length: system.processes }, () => {
    const child = fork(
      fileURLToPath(new URL('server.js', import.meta.url)),
      [JSON.stringify({ ...system, folder })],
      {
        // Nothing that a system prints may get between the rows on stdout.
        stdio: ['ignore', 2, 2, 'ipc'],
      },
    );
    child.on('message', (/** @type {{ arrived?: string }} */ { arrived }) => {
      if (arrived !== undefined) arrivals.add(arrived);
    });
    return child;
  });

  /**
   * The next message of a process that has this field. @param
   * {import('node:child_process').ChildProcess} child @param {string} field
   */
  function next(child, field) {
    return new Promise((resolve, reject) => {
      /** @param {any} message */
      const onMessage = (message) => {
        if (message[field] === undefined) return;
        child.off('message', onMessage).off('exit', onExit);
        resolve(message[field]);
      };
      /** @param {number | null} code */
      const onExit = (code) =>
        reject(new Error(`A server of ${system.system} ended with status ${code}; see above.`));
      child.on('message', onMessage).on('exit', onExit);
    });
  }

  const ports = await Promise.all(children.map((child) => next(child, 'port')));

  return {
    origins: ports.map((port) => `http://127.0.0.1:${port}`),

    arrived: arrivals.reached,

    open(gate) {
      for (const child of children) child.send({ open: gate });
    },

    async advance(milliseconds) {
      const replies = children.map((child) => next(child, 'ahead'));
      for (const child of children) child.send({ advance: milliseconds });
      await Promise.all(replies);
    },

    async gone() {
      const replies = children.map((child) => next(child, 'gone'));
      for (const child of children) child.send({ gone: true });
      return new Set((await Promise.all(replies)).flat());
    },

    async stop() {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const ended = once(child, 'exit');
          child.disconnect();
          await ended;
        }),
      );
    },
  };
}
