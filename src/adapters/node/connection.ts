import { Socket } from 'node:net';
import { heldOf } from './intercept.js';

/** The part of a response of `node:http` that is used. */
interface Answer {
  readonly socket?: unknown;
  readonly req?: { readonly socket?: unknown } | undefined;
  readonly destroyed?: boolean;
  shouldKeepAlive?: boolean;
}

/** Sockets that wait for an answer before they are destroyed. */
const waiting = new WeakSet<Socket>();

/** The connection of a response; `undefined` for one that others made and only collect. */
export function socketOf(response: object): Socket | undefined {
  const { socket, req } = response as Answer;
  const found = socket ?? req?.socket;
  return found instanceof Socket ? found : undefined;
}

/**
 * An answer that was ended is on its way as far as others can tell, so they destroy its socket:
 * Express after an error behind the answer, a server that closes its idle connections. While the
 * answer is held, the socket waits for it, and is closed behind it.
 */
export function keepSocket(socket: Socket): void {
  if (waiting.has(socket)) return;
  waiting.add(socket);
  const { destroy } = socket;
  socket.destroy = (error) => {
    const { _httpMessage: response } = socket as { _httpMessage?: Answer | null };
    // A socket that failed can send nothing.
    if (error !== undefined || !response || response.destroyed || !heldOf(response)?.looksEnded)
      return destroy.call(socket, error);
    response.shouldKeepAlive = false;
    return socket;
  };
}
