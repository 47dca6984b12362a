/**
 * A connection as {@link Live.attach} holds it. {@link webSocket}, {@link socketIo} and
 * {@link eventStream} make one; any other takes a few lines.
 */
export interface LiveConnection {
  /** Tells the client why, and closes. Called once at most. */
  close(code: number, reason: LiveEnd): void;
  /** Calls `listener` when the connection has closed, at once if it has closed already. */
  onClosed(listener: () => void): void;
  /** Calls `listener` with each message of the client. Left out where a client sends none. */
  onMessage?(listener: () => void): void;
}

/** `ended` by a logout, a revocation or a limit, or `expired` by one of its clocks. */
export type LiveEnd = 'ended' | 'expired';

/** How long a client may take to answer that a WebSocket closes, in milliseconds. */
const CLOSING = 1000;

/** A WebSocket of ws, or of the standard. */
export interface WebSocketLike {
  readonly readyState: number;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'close' | 'message', listener: () => void): void;
  /** Of ws: closes without the client. */
  terminate?(): void;
}

/**
 * A WebSocket. It is closed with the code and the reason. Where the library can, the socket is cut
 * off after one second, because a client need not answer.
 */
export function webSocket(socket: WebSocketLike): LiveConnection {
  const isClosed = (): boolean => socket.readyState === 3;
  return {
    close(code, reason) {
      socket.close(code, reason);
      if (socket.terminate === undefined) return;
      const timer = setTimeout(() => socket.terminate?.(), CLOSING);
      timer.unref();
      socket.addEventListener('close', () => clearTimeout(timer));
    },
    onClosed(listener) {
      if (isClosed()) listener();
      else socket.addEventListener('close', listener);
    },
    onMessage: (listener) => socket.addEventListener('message', listener),
  };
}

/** A `Socket` of Socket.IO, on the server. */
export interface SocketIoLike {
  readonly disconnected: boolean;
  emit(event: string, ...values: never[]): unknown;
  disconnect(close?: boolean): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  onAny(listener: () => void): unknown;
}

/**
 * A socket of Socket.IO. The client gets the event `session-ended` with `{ code, reason }`; then
 * the whole connection is closed, with its other namespaces. Heartbeats are no messages.
 */
export function socketIo(socket: SocketIoLike): LiveConnection {
  return {
    close(code, reason) {
      socket.emit('session-ended', { code, reason } as never);
      socket.disconnect(true);
    },
    onClosed(listener) {
      if (socket.disconnected) listener();
      else socket.on('disconnect', listener);
    },
    onMessage: (listener) => void socket.onAny(listener),
  };
}

/** A response of Node that sends events. */
export interface EventStreamLike {
  readonly writableEnded: boolean;
  readonly destroyed: boolean;
  end(text: string): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/**
 * A stream of server-sent events. The client gets the event `session-ended` with
 * `{ "code": 4401, "reason": "ended" }`; then the stream ends. An `EventSource` connects again by
 * itself unless it is closed on that event, or the next answer is not 200.
 */
export function eventStream(response: EventStreamLike): LiveConnection {
  return {
    close(code, reason) {
      response.end(`event: session-ended\ndata: ${JSON.stringify({ code, reason })}\n\n`);
    },
    onClosed(listener) {
      if (response.writableEnded || response.destroyed) listener();
      else response.on('close', listener);
    },
  };
}
