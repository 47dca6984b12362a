import type { NodeResponse } from '../adapters/node/head.js';
import { type NodeRequest, openSession } from '../adapters/node.js';
import {
  enforced,
  type SimplesImplementation,
  type SimplesStore,
} from '../bridges/simples/contract.js';
import { fromSimples, toSimples } from '../bridges/simples.js';
import {
  createSessions,
  type Duration,
  milliseconds,
  type Session,
  type SessionOptions,
  type Sessions,
} from '../core/internal.js';
import type { CookieOptions } from '../http/cookie.js';
import type { SessionStore } from '../stores/contract.js';
import { memoryStore } from '../stores/memory.js';
import { answerFailure } from './answers/answer-failure.js';
import { SimplesSession, type SimplesSettings } from './simples/session.js';

export type {
  SimplesEntries,
  SimplesImplementation,
  SimplesStore,
} from '../bridges/simples/contract.js';
export { SimplesSession, type SimplesSettings } from './simples/session.js';

type Data = Record<string, unknown>;

/**
 * Options of {@link simplesSessions}: those of simpleS, and those of `createSessions` that do not
 * contradict them.
 */
export interface SimplesSessionOptions
  extends Omit<SessionOptions, 'store' | 'idleTimeout' | 'transport'> {
  /** Where sessions are kept: a Sojourn store, or a result of {@link store}. Default: in memory. */
  readonly store?: SessionStore | SimplesStore | undefined;
  /** How long a session lives without being used. A number means milliseconds. Default one hour. */
  readonly timeout?: Duration | undefined;
  /**
   * Other attributes of the cookie. Default: those of simpleS (`HttpOnly`, `Path=/`),
   * `SameSite=Lax`, and `Secure` on https.
   */
  readonly cookie?: Omit<CookieOptions, 'name' | 'persistent'> | undefined;
}

/** The result of {@link simplesSessions}. */
export interface SimplesSessions extends Sessions<Data>, SimplesSettings {}

/** The parts of a simpleS HTTP connection that are used. */
export interface SimplesConnection {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  session: unknown;
  readonly readableEnded: boolean;
  destroy(): unknown;
}

/** The parts of a simpleS WebSocket connection that are used. */
export interface SimplesSocketConnection {
  readonly request: NodeRequest;
  readonly socket: { pause(): unknown; resume(): unknown; destroy(): unknown };
  session: unknown;
  on(event: 'close', listener: () => void): unknown;
}

/**
 * A store from the four functions `get`, `set`, `remove` and `update` (optional), like
 * `simples.store()`. Without an argument it keeps sessions in memory. A call rejects when its
 * function is missing or does not return a promise.
 */
export function store(
  implementation: SimplesImplementation = toSimples(memoryStore()),
): SimplesStore {
  return enforced(implementation);
}

/**
 * Creates sessions with the cookie (`_session`) and the timeout of simpleS. A session lives as long
 * as it is used, up to the 400 days that browsers keep a cookie; set `lifetime` for less.
 * @throws `invalid-option`, with a message that says what to write instead.
 */
export function simplesSessions(options: SimplesSessionOptions = {}): SimplesSessions {
  const {
    timeout = '1h',
    lifetime = '400d',
    cookie,
    store = memoryStore({ now: options.now }),
    ...others
  } = options;
  const idleTimeout = milliseconds(timeout, 'timeout');
  const sessions = createSessions<Data>({
    ...others,
    lifetime,
    store: isSessionStore(store) ? store : fromSimples(store, { now: options.now }),
    idleTimeout,
    cookie: { ...cookie, secure: cookie?.secure ?? 'auto', name: '_session', persistent: true },
  });
  return { ...sessions, store, timeout: idleTimeout };
}

function isSessionStore(store: SessionStore | SimplesStore): store is SessionStore {
  return typeof (store as SessionStore).read === 'function';
}

/**
 * Middleware for a router of simpleS that puts the visitor's session on `connection.session`:
 * `server.use(sessionMiddleware(sessions))`. `enabled` works as in `router.session()`, but its
 * default is true. The response leaves once the session is stored. When storing fails, the response
 * is a 503. When the session cannot be read, the router's error route answers.
 */
export function sessionMiddleware<Connection extends SimplesConnection>(
  sessions: SimplesSessions,
  {
    enabled = true,
  }: { enabled?: boolean | ((connection: Connection) => boolean) | undefined } = {},
): (connection: Connection, next: (error?: Error) => void) => Promise<void> {
  return async (connection, next) => {
    const { request, response } = connection;
    if (connection.session instanceof SimplesSession) {
      // The middleware may be mounted twice.
      next();
      return;
    }
    let session: Session<Data> | undefined;
    try {
      if (typeof enabled === 'function' ? enabled(connection) : enabled)
        session = await openSession(sessions, request, response, (error) =>
          answerFailure(response, error),
        );
    } catch (error) {
      next(error as Error);
      return;
    }
    if (session === undefined) {
      next();
      return;
    }
    keepSocket(connection);
    connection.session = new SimplesSession(session, sessions);
    sessions.run(session, next);
  };
}

/**
 * Keeps the socket of a connection that has ended. The connection is a stream, so Node destroys it
 * when it ends, and in simpleS this destroys the socket. A response that still waits for its
 * session would be lost.
 */
function keepSocket(connection: SimplesConnection): void {
  const { destroy } = connection;
  connection.destroy = () => {
    if (!connection.readableEnded) destroy.call(connection);
    return connection;
  };
}

/**
 * A listener for `router.ws()` that puts the session of the handshake on `connection.session` and
 * stores it when the connection closes. The handshake has been answered by then, so a visitor
 * without a session gets none. Create the session in the page that opens the connection.
 */
export function sessionSocket<Connection extends SimplesSocketConnection>(
  sessions: SimplesSessions,
  listener: (connection: Connection) => unknown,
): (connection: Connection) => Promise<void> {
  return async (connection) => {
    const { request, socket } = connection;
    // So that no message comes before there is a listener.
    socket.pause();
    try {
      const session = await sessions.open(request.headers);
      connection.session = new SimplesSession(session, sessions);
      connection.on('close', () => {
        if (!session.isNew) session.save().catch((error) => process.emitWarning(error));
      });
      const listening = sessions.run(session, () => listener(connection));
      socket.resume();
      await listening;
    } catch (error) {
      process.emitWarning(error as Error);
      socket.destroy();
    }
  };
}
