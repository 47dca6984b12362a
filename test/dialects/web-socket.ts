import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { Socket } from 'node:net';

/** A WebSocket connection as RFC 6455 has it, for texts below 126 bytes. */
export interface WebSocketConnection {
  /** The headers that answered the handshake. */
  readonly headers: IncomingHttpHeaders;
  /** Sends a text, and gives the next one that comes. */
  ask(text: string): Promise<string>;
  /** Resolves when the server closed it. */
  readonly isClosed: Promise<unknown>;
  /** Closes it, and waits until the server did. */
  close(): Promise<void>;
}

/** Opens a connection with a handshake of these headers. */
export async function openWebSocket(
  url: string,
  headers: Record<string, string> = {},
): Promise<WebSocketConnection> {
  const handshake = request(url, {
    headers: {
      ...headers,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    },
  });
  handshake.end();
  const [response, socket, first] = (await once(handshake, 'upgrade')) as [
    { headers: IncomingHttpHeaders },
    Socket,
    Buffer,
  ];
  let received = first;
  const texts: string[] = [];
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received[1]!) {
      const end = 2 + received[1]!;
      if (received[0] === 0x81) texts.push(received.toString('utf8', 2, end));
      received = received.subarray(end);
      socket.emit('frame');
    }
  });

  const isClosed = once(socket, 'close');

  return {
    headers: response.headers,
    isClosed,

    async ask(text) {
      socket.write(frame(0x81, Buffer.from(text)));
      while (texts.length === 0) await once(socket, 'frame');
      return texts.shift()!;
    },

    async close() {
      socket.write(frame(0x88, Buffer.from([0x03, 0xe8])));
      await isClosed;
    },
  };
}

/** A frame of a client is masked; with zeros it stays readable. */
function frame(head: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([head, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
