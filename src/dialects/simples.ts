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
 * Options of {@link simplesSessions}: simpleS's own, and those of `createSessions` that do not
 * contradict them.
 */
export interface SimplesSessionOptions
  extends Omit<SessionOptions, 'store' | 'idleTimeout' | 'transport'> {
  /** Where sessions are kept: a store of Sojourn, or of {@link store}. Default in memory. */
  readonly store?: SessionStore | SimplesStore | undefined;
  /** How long a session lives without being used; a number is milliseconds. Default one hour. */
  readonly timeout?: Duration | undefined;
  /**
   * More of the cookie. Default as simpleS's (`HttpOnly`, `Path=/`), with `SameSite=Lax`, and
   * `Secure` on https.
   */
  readonly cookie?: Omit<CookieOptions, 'name' | 'persistent'> | undefined;
}

/** What {@link simplesSessions} makes. */
export interface SimplesSessions extends Sessions<Data>, SimplesSettings {}

/** What is used of a connection of simpleS over HTTP. */
export interface SimplesConnection {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  session: unknown;
  readonly readableEnded: boolean;
  destroy(): unknown;
}

/** What is used of a connection of simpleS over WebSocket. */
export interface SimplesSocketConnection {
  readonly request: NodeRequest;
  readonly socket: { pause(): unknown; resume(): unknown; destroy(): unknown };
  session: unknown;
  on(event: 'close', listener: () => void): unknown;
}

/**
 * A store of the four functions `get`, `set`, `remove` and `update` (which may be left out), as
 * `simples.store()` makes it; without argument, in memory. A function that does not return a
 * promise makes the call reject, one that is missing too.
 */
export function store(
  implementation: SimplesImplementation = toSimples(memoryStore()),
): SimplesStore {
  return enforced(implementation);
}

/**
 * Sessions with the cookie, `_session`, and the timeout of simpleS. They live as long as they are
 * used, up to the 400 days that browsers keep a cookie; give `lifetime` for less.
 * @throws `invalid-option`; the message says what to write instead.
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
 * `server.use(sessionMiddleware(sessions))`. `enabled` is what it is in `router.session()`, and
 * true unless it is given. The response leaves once the session is stored; when that fails the
 * answer is a 503, and when the session cannot be read, the router's error route is taken.
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
 * Keeps the socket of a connection that has ended. Connections are streams, which Node destroys
 * when they end, and simpleS means the socket by that: a response that is held until the session is
 * stored would be lost.
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
 * stores it when the connection closes. The handshake has been answered by then, so a visitor who
 * has no session gets none; make it in the page that opens the connection.
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
