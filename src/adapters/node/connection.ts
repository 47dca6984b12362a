import { Socket } from 'node:net';
import { heldOf } from './intercept.js';

/** The parts of a `node:http` response that are used. */
interface Answer {
  readonly socket?: unknown;
  readonly req?: { readonly socket?: unknown } | undefined;
  readonly destroyed?: boolean;
  shouldKeepAlive?: boolean;
}

/** Sockets that wait for an answer before they are destroyed. */
const waiting = new WeakSet<Socket>();

/**
 * The connection of a response; `undefined` for a response that other code made only to collect it.
 */
export function socketOf(response: object): Socket | undefined {
  const { socket, req } = response as Answer;
  const found = socket ?? req?.socket;
  return found instanceof Socket ? found : undefined;
}

/**
 * Once an answer was ended, other code takes it as sent and may destroy the socket: Express after a
 * later error, or a server that closes idle connections. While the answer is held, the socket stays
 * open; it is closed after the answer.
 */
export function keepSocket(socket: Socket): void {
  if (waiting.has(socket)) return;
  waiting.add(socket);
  const { destroy } = socket;
  socket.destroy = (error) => {
    const { _httpMessage: response } = socket as { _httpMessage?: Answer | null };
    // A failed socket cannot send anything.
    if (error !== undefined || !response || response.destroyed || !heldOf(response)?.looksEnded)
      return destroy.call(socket, error);
    response.shouldKeepAlive = false;
    return socket;
  };
}
