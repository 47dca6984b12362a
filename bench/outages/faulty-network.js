import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** @import { AddressInfo, Socket } from 'node:net' */
/** @typedef {'none' | 'stalled' | 'refused' | 'slow' | 'flapping'} Fault */

/** How long a slow network keeps the bytes of each direction, in milliseconds. */
const DELAY = 150;
/** How long a flapping server is away, and how long it is there, in milliseconds. */
const FLAP = 500;

/**
 * A network in front of the server of `target`, with its faults. Stalled: connections stay open and
 * bring nothing. Refused: nobody listens, as if the server had ended. Slow: every answer takes 0.3
 * seconds longer. Flapping: refused and well in turns, every half second.
 * @param {string} target A URL.
 */
export async function createFaultyNetwork(target) {
  const { hostname, port } = new URL(target);
  /** @type {Set<Socket>} */
  const sockets = new Set();
  /** @type {Fault} */
  let fault = 'none';
  /** @type {(() => void)[]} */
  let waiting = [];
  /** @type {NodeJS.Timeout | undefined} */
  let flapping;

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: Number(port), host: hostname, noDelay: true });
    for (const socket of [client, server]) {
      sockets.add(socket);
      // A reset is what a fault makes.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    pass(client, server);
    pass(server, client);
  });

  /** @param {Socket} from @param {Socket} to */
  function pass(from, to) {
    let last = Promise.resolve();
    from.on('data', (bytes) => {
      const arrival = fault === 'slow' ? wait(DELAY) : fault === 'stalled' ? resumed() : undefined;
      last = last.then(() => arrival).then(() => void to.write(bytes));
    });
    from.on('close', () => last.then(() => to.destroy()));
  }

  /** @returns {Promise<void>} */
  function resumed() {
    return new Promise((resolve) => waiting.push(resolve));
  }

  function refuse() {
    listener.close();
    for (const socket of sockets) socket.destroy();
  }

  async function listen(at = 0) {
    listener.listen(at, '127.0.0.1');
    await once(listener, 'listening');
    return /** @type {AddressInfo} */ (listener.address()).port;
  }

  const url = new URL(target);
  const own = await listen();
  url.hostname = '127.0.0.1';
  url.port = String(own);

  return {
    url: target.endsWith('/') ? url.href : url.href.replace(/\/$/, ''),

    /** @param {Fault} next */
    async turn(next) {
      clearInterval(flapping);
      fault = next;
      if (fault !== 'stalled') {
        for (const resume of waiting) resume();
        waiting = [];
      }
      if (fault === 'refused' || fault === 'flapping') refuse();
      else if (!listener.listening) await listen(own);
      if (fault === 'flapping')
        flapping = setInterval(() => (listener.listening ? refuse() : void listen(own)), FLAP);
    },

    stop() {
      clearInterval(flapping);
      refuse();
    },
  };
}

/** @param {number} milliseconds @returns {Promise<void>} */
function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
