import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The network between one application process and its database. `silent`: bytes of both directions
 * wait until it is `good` again. `slow`: each piece waits. `deaf`: requests arrive, and a
 * connection ends instead of bringing an answer.
 * @typedef {'good' | 'silent' | 'slow' | 'deaf'} State
 */

/**
 * @typedef {object} Network
 * @property {string} url The database's, through this network.
 * @property {(state: State) => void} become
 * @property {() => void} cut Ends all connections.
 * @property {() => void} stop
 */

/** How long each piece waits in a slow network, in milliseconds. */
const SLOW = 120;

/** @param {string} target The database's URL. @returns {Promise<Network>} */
export async function createNetwork(target) {
  const { hostname, port } = new URL(target);
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  /** @type {State} */
  let state = 'good';
  /** @type {Set<() => void>} */
  const waiting = new Set();

  const listener = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const [from, to] of /** @type {const} */ ([
      [client, server],
      [server, client],
    ])) {
      sockets.add(from);
      from.setNoDelay();
      // Its end follows, and that ends the other side.
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      void pass(from, to, from === server);
    }
  });

  /**
   * @param {import('node:net').Socket} from @param {import('node:net').Socket} to @param {boolean}
   * isAnswer
   */
  async function pass(from, to, isAnswer) {
    try {
      for await (const bytes of from) {
        while (state === 'silent') await new Promise((resolve) => waiting.add(() => resolve(true)));
        if (state === 'slow') await sleep(SLOW);
        if (state === 'deaf' && isAnswer) break;
        if (!to.destroyed) to.write(bytes);
      }
    } catch {
      // The connection was cut.
    }
    to.destroy();
    from.destroy();
  }

  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(/** @type {import('node:net').AddressInfo} */ (listener.address()).port);

  /** @param {State} next */
  function become(next) {
    state = next;
    for (const go of waiting) go();
    waiting.clear();
  }

  return {
    url: url.href,
    become,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    stop() {
      become('good');
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
