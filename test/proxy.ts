import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';

/**
 * What happens to a request. `hold`: it stays here until `deliver()`. `lose reply`: it arrives, and
 * its connection ends instead of bringing the reply. `cut reply`: the same after half of the reply.
 */
export type RequestFault = 'none' | 'hold' | 'lose reply' | 'cut reply';

/**
 * A network between clients and a server, with its faults. It knows no protocol: a request is the
 * bytes that a client wrote at once.
 */
export interface TcpProxy {
  /** The server's URL with the address of the proxy in place of the server's. */
  readonly url: string;
  /**
   * From here on bytes of both directions stay here, and arrive when `resume()` is called.
   * Connections are accepted.
   */
  pause(): void;
  resume(): void;
  /** From here on bytes of both directions arrive so many milliseconds later; 0 as they come. */
  slow(milliseconds: number): void;
  /** Ends every connection towards its client. What was sent before still reaches the server. */
  cut(): void;
  /** From here on `fault` decides about each request. */
  disturb(fault: (request: string) => RequestFault): void;
  /** From here on bytes pass in pieces of one to `longest`; by default as they come. */
  split(longest: number): void;
  /** Resolves once a request is held. */
  held(): Promise<void>;
  /**
   * Sends what is held to the server, also for clients that are gone, and resolves once it answered
   * each. New requests pass undisturbed.
   */
  deliver(): Promise<void>;
  stop(): Promise<void>;
}

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  /** The end of what the client wrote before, since a request can come in two parts. */
  tail: string;
  fault: RequestFault;
  held: Buffer[];
}

const TAIL = 200;

/** Starts a proxy on a free port of the loopback in front of the server of `target`, a URL. */
export async function createProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const connections = new Set<Connection>();
  let gate: { opened: Promise<void>; open: () => void } | undefined;
  let faultOf: (request: string) => RequestFault = () => 'none';
  let longest = Number.POSITIVE_INFINITY;
  let delay = 0;
  let wake: (() => void)[] = [];

  const listener = createServer((client) => {
    const connection: Connection = {
      client,
      server: connect(Number(port), hostname),
      tail: '',
      fault: 'none',
      held: [],
    };
    const { server } = connection;
    connections.add(connection);
    for (const socket of [client, server]) {
      socket.setNoDelay();
      // A reset is what these tests make; each direction sees it as its end.
      socket.on('error', () => undefined);
    }
    void pump(client, (bytes) => send(connection, bytes)).then(() => {
      if (connection.held.length === 0) server.end();
    });
    void pump(server, (bytes) => reply(connection, bytes)).then(() => {
      client.end();
      connections.delete(connection);
    });
  });

  async function pump(from: Socket, pass: (bytes: Buffer) => Promise<void>): Promise<void> {
    try {
      for await (const bytes of from) {
        await gate?.opened;
        if (delay > 0) await setTimeout(delay);
        await pass(bytes);
      }
    } catch {
      // The connection was reset: the end of this direction like any other.
    }
  }

  async function send(connection: Connection, bytes: Buffer): Promise<void> {
    if (connection.fault === 'none') {
      const request = connection.tail + bytes.toString('latin1');
      connection.fault = faultOf(request);
      connection.tail = connection.fault === 'none' ? request.slice(-TAIL) : '';
    }
    if (connection.fault !== 'hold') return write(connection.server, bytes);
    connection.held.push(bytes);
    for (const woken of wake) woken();
    wake = [];
  }

  async function reply({ client, server, fault }: Connection, bytes: Buffer): Promise<void> {
    if (fault === 'none' || fault === 'hold') return write(client, bytes);
    if (fault === 'cut reply') await write(client, bytes.subarray(0, bytes.length / 2));
    client.destroy();
    server.end();
  }

  async function write(to: Socket, bytes: Buffer): Promise<void> {
    for (let start = 0; start < bytes.length && !to.destroyed; ) {
      const length =
        longest === Number.POSITIVE_INFINITY
          ? bytes.length
          : 1 + Math.floor(Math.random() * longest);
      to.write(bytes.subarray(start, start + length));
      start += length;
      if (start < bytes.length) await setImmediate();
    }
  }

  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((listener.address() as AddressInfo).port);

  return {
    url: target.endsWith('/') ? url.href : url.href.replace(/\/$/, ''),

    pause() {
      let open = (): void => undefined;
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      gate = { opened, open };
    },

    resume() {
      gate?.open();
      gate = undefined;
    },

    slow(milliseconds) {
      delay = milliseconds;
    },

    cut() {
      for (const { client } of connections) client.destroy();
    },

    disturb(fault) {
      faultOf = fault;
    },

    split(pieces) {
      longest = pieces;
    },

    async held() {
      while (![...connections].some(({ held }) => held.length > 0))
        await new Promise<void>((resolve) => wake.push(resolve));
    },

    async deliver() {
      faultOf = () => 'none';
      await Promise.all(
        [...connections].map(async (connection) => {
          const { client, server, held } = connection;
          if (held.length === 0) return;
          const answered = Promise.race([once(server, 'data'), once(server, 'close')]);
          server.write(Buffer.concat(held));
          connection.held = [];
          connection.fault = 'none';
          await answered;
          if (client.destroyed) server.end();
        }),
      );
    },

    async stop() {
      gate?.open();
      for (const { client, server } of connections) {
        client.destroy();
        server.destroy();
      }
      listener.close();
      await once(listener, 'close');
    },
  };
}
