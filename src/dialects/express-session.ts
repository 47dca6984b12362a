import { headReset, type NodeResponse } from '../adapters/node/head.js';
import type { RequestSession } from '../adapters/node/request-session.js';
import { hasEnded, holdResponse } from '../adapters/node/response.js';
import { Cookie, type CookieData, type CookieOptions } from '../bridges/connect/cookie.js';
import { MemoryStore } from '../bridges/connect/memory-store.js';
import { Session, setVerbs, verbsOf } from '../bridges/connect/session.js';
import { Store } from '../bridges/connect/store.js';
import type { HeaderPair } from '../http/transport.js';
import { insecureWarning } from './answers/insecure-warning.js';
import {
  newSession,
  readOptions,
  type SessionOptions,
  type Settings,
} from './express-session/options.js';
import {
  type IncomingRequest,
  isBelow,
  pathOf,
  type VisitRequest,
} from './express-session/request.js';
import { sessionsIn } from './express-session/sessions.js';
import { readId, type Secret, sign } from './express-session/signature.js';
import { Visit } from './express-session/visit.js';

export type { CookieData, CookieOptions } from '../bridges/connect/cookie.js';
export type { SessionOptions } from './express-session/options.js';
export { Cookie, MemoryStore, Session, Store };

/**
 * The data of sessions: `declare module 'sojourn/express-session' { interface SessionData { user:
 * string } }`.
 */
export interface SessionData {
  cookie: Cookie;
}

declare global {
  namespace Express {
    interface RequestSessions {
      'express-session': Session & Partial<SessionData>;
    }
    interface Request {
      /** The visitor's session: its data as properties. */
      session: RequestSession;
      /** The id of the session. Whoever knows it and a secret has the session. */
      sessionID: string;
      sessionStore: Store & { generate(request: Request): void };
    }
  }
}

type Warn = ReturnType<typeof insecureWarning>;
type Next = (error?: unknown) => void;

/** Middleware as Express, connect and `node:http` take it. */
export type SessionMiddleware = (
  request: IncomingRequest,
  response: NodeResponse,
  next: Next,
) => void;

/**
 * Sessions with the API, the cookies and the records of express-session 1.19. A response leaves
 * once its session is stored; changes of parallel requests to different properties are merged; and
 * a session that was destroyed stays so.
 * @throws {TypeError} `genid`, `unset` or a list of secrets is not usable.
 * @throws `invalid-option` for a store that is none.
 */
export function session(options?: SessionOptions): SessionMiddleware {
  const settings = readOptions(options);
  const { store } = settings;
  const sessions = sessionsIn(store);
  const warn = insecureWarning("set 'trust proxy' of Express, or the option proxy,");
  let isReady = true;
  store.on('disconnect', () => {
    isReady = false;
  });
  store.on('connect', () => {
    isReady = true;
  });
  store.generate = (request) => {
    const visit = verbsOf(request);
    // By the request, so that middlewares that share a store do not get each other's options.
    if (visit === undefined) newSession(request as VisitRequest, settings);
    else visit.generate();
  };

  function isConcerned(request: IncomingRequest): boolean {
    if (request.session || !isReady) return false;
    return isBelow(pathOf(request), settings.cookieOptions(request).path || '/');
  }

  /** Puts the session on the request, at once when the client sent no id. */
  function begin(
    request: VisitRequest,
    response: NodeResponse,
    next: Next,
  ): Promise<void> | undefined {
    const secrets = settings.secrets ?? (request.secret ? [request.secret] : []);
    const [secret] = secrets;
    if (secret === undefined) throw new Error('secret option required for sessions');
    const id = readId(
      request.headers.cookie as string | undefined,
      request,
      settings.name,
      secrets,
    );
    const visit = new Visit(request, id, settings, sessions);
    request.sessionStore = store as never;
    request.sessionID = id;
    setVerbs(request, visit);
    if (isResponse(response))
      hold(visit, response, next, () => cookieFor(request, settings, secret, warn));
    if (id !== undefined) return visit.open(id);
    visit.begin();
    return undefined;
  }

  return (request, response, next) => {
    let opened: Promise<void> | undefined;
    try {
      if (isConcerned(request)) opened = begin(request as VisitRequest, response, next);
    } catch (error) {
      next(error);
      return;
    }
    if (opened === undefined) next();
    else opened.then(() => next(), next);
  };
}

Object.assign(session, { Cookie, MemoryStore, Session, Store });

/** What hangs on the function, types too: `session.Store`, `session.SessionOptions`. */
export declare namespace session {
  export {
    Cookie,
    type CookieData,
    type CookieOptions,
    MemoryStore,
    Session,
    type SessionData,
    type SessionOptions,
    Store,
  };
}

export default session;
export { session as 'module.exports' };

/**
 * Whether this is a response: for a WebSocket, applications and socket.io give less. What such a
 * handler changes, it saves.
 */
function isResponse({ getHeaders, writeHead }: Partial<NodeResponse>): boolean {
  return getHeaders !== undefined && writeHead !== undefined;
}

/** Holds the response back until the session is stored, and adds the cookie. */
function hold(visit: Visit, response: NodeResponse, next: Next, cookie: () => HeaderPair[]): void {
  const reset = headReset(response);
  holdResponse(response, {
    answerNow: () => undefined,

    async commit() {
      await visit.settled();
      const hadEnded = hasEnded(response);
      const isSent = await visit.commit();
      if (!hasEnded(response)) holdEnd(visit, response, next);
      // The handler went on meanwhile, and ended its response.
      else if (!hadEnded) await visit.commitLate();
      return isSent ? cookie() : [];
    },

    fail(error) {
      if (!response.headersSent) {
        reset();
        response.statusCode = 500;
      }
      next(error);
    },
  });
}

/**
 * A handler that writes its response piece by piece may go on changing the session: the last piece
 * waits until that is stored too.
 */
function holdEnd(visit: Visit, response: NodeResponse, next: Next): void {
  const { end } = response;
  let hasEnded = false;
  response.end = (...parameters) => {
    if (hasEnded) return response;
    hasEnded = true;
    visit
      .commitLate()
      .catch((error) => setImmediate(next, error))
      .finally(() => end.apply(response, parameters));
    return response;
  };
}

function cookieFor(
  request: VisitRequest,
  settings: Settings,
  secret: Secret,
  warn: Warn,
): HeaderPair[] {
  const { session, sessionID } = request;
  if (!session) return [];
  if (session.cookie.secure && !settings.isSecure(request)) {
    warn(request);
    return [];
  }
  return [['Set-Cookie', session.cookie.serialize(settings.name, sign(String(sessionID), secret))]];
}
