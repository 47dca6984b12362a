import { headReset, isResponse, type NodeResponse } from '../adapters/node/head.js';
import type { RequestSession } from '../adapters/node/request-session.js';
import { hasEnded, holdResponse } from '../adapters/node/response.js';
import { damageWarning } from '../bridges/connect/contract.js';
import { Cookie, type CookieData, type CookieOptions } from '../bridges/connect/cookie.js';
import { MemoryStore } from '../bridges/connect/memory-store.js';
import { Session, setVerbs, verbsOf } from '../bridges/connect/session.js';
import { Store } from '../bridges/connect/store.js';
import { createEvents, type SessionListener } from '../core/internal.js';
import type { HeaderPair } from '../http/transport.js';
import { cacheHeaders } from './answers/cache-headers.js';
import { insecureWarning } from './answers/insecure-warning.js';
import { type NativeVerbs, nativeVerbs } from './express-session/native.js';
import { hashId, openRecords } from './express-session/open-records.js';
import {
  newCookie,
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
import { readIds, type Secret, sign } from './express-session/signature.js';
import { touchesAfter } from './express-session/touches.js';
import { type CookieNews, type Shared, Visit } from './express-session/visit.js';

export type { CookieData, CookieOptions } from '../bridges/connect/cookie.js';
export type { NativeVerbs } from './express-session/native.js';
export type { SessionOptions } from './express-session/options.js';
export { Cookie, hashId, MemoryStore, Session, Store };

/**
 * Declares the type of your session data: `declare module 'sojourn/express-session' { interface
 * SessionData { user: string } }`.
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
      /** The id of the session. Anyone who knows the id and a secret can take over the session. */
      sessionID: string;
      sessionStore: Store & { generate(request: Request): void };
    }
  }
}

type Warn = ReturnType<typeof insecureWarning>;
type Next = (error?: unknown) => void;

/** Middleware for Express, connect and `node:http`. */
export interface SessionMiddleware {
  (request: IncomingRequest, response: NodeResponse, next: Next): void;
  /**
   * Calls `listener` for each event of this name. Returns a function that removes the listener.
   * `rejected`: a record is damaged, so its visitor got a new session. `gone`: a request came with
   * an id that was replaced, or its session ended before its changes were stored. Ids in events are
   * hashed.
   */
  on<Name extends 'gone' | 'rejected'>(name: Name, listener: SessionListener<Name>): () => void;
}

/**
 * Sessions with the API, the cookies and the records of express-session 1.19. A response leaves
 * once its session is stored. When parallel requests change different properties, all changes are
 * kept. A destroyed session does not come back.
 * @throws {TypeError} When `genid`, `unset`, a list of secrets, or `maxAge` or `expires` of
 * `cookie` is not usable.
 * @throws `invalid-option` when `store` is not a store, or `hashIds` or `touchAfter` is not usable.
 */
export function session(options?: SessionOptions): SessionMiddleware {
  const settings = readOptions(options);
  const { store } = settings;
  const events = createEvents();
  const shared: Shared = {
    settings,
    events,
    records: openRecords(store, events, settings.hashIds),
    touches: touchesAfter(settings.touchAfter),
  };
  const warn = insecureWarning("set 'trust proxy' of Express, or the option proxy,");
  const warnOfDamage = damageWarning();
  events.on('rejected', ({ error }) => warnOfDamage(error));
  let isReady = true;
  store.on('disconnect', () => {
    isReady = false;
  });
  store.on('connect', () => {
    isReady = true;
  });
  store.generate = (request) => {
    // By the request, so that middlewares that share a store do not get each other's options.
    const visit = verbsOf(request) ?? new Visit(request as VisitRequest, shared);
    visit.generate();
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
    const { cookie } = request.headers;
    const ids = readIds(cookie as string | undefined, request, settings.name, secrets);
    const visit = new Visit(request, shared);
    request.sessionStore = store as never;
    request.sessionID = ids[0];
    setVerbs(request, visit);
    if (isResponse(response))
      hold(visit, response, next, (news) => headersFor(request, settings, secret, warn, news));
    return ids.length > 0 ? visit.open(ids) : visit.begin();
  }

  const middleware = (request: IncomingRequest, response: NodeResponse, next: Next): void => {
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
  return Object.assign(middleware, { on: events.on });
}

/**
 * Methods of Sojourn's own sessions for the session of a request, typed by {@link SessionData}:
 * `native(req).increment('views')`. Their changes are on `req.session` at once, and parallel
 * requests do not overwrite them.
 * @throws `no-session` when the middleware gave the request no session.
 */
export function native<Data extends object = Omit<SessionData, 'cookie'>>(
  request: object,
): NativeVerbs<Data> {
  return nativeVerbs<Data>(request);
}

Object.assign(session, { native, Cookie, hashId, MemoryStore, Session, Store });

/** The properties and types of the function: `session.Store`, `session.SessionOptions`. */
export declare namespace session {
  export {
    Cookie,
    type CookieData,
    type CookieOptions,
    hashId,
    MemoryStore,
    type NativeVerbs,
    native,
    Session,
    type SessionData,
    type SessionOptions,
    Store,
  };
}

export default session;
export { session as 'module.exports' };

/** Holds the response back until the session is stored, and adds the headers. */
function hold(
  visit: Visit,
  response: NodeResponse,
  next: Next,
  headers: (news: CookieNews) => HeaderPair[],
): void {
  const reset = headReset(response);
  holdResponse(response, {
    answerNow() {
      if (!visit.isUntouched) return undefined;
      queueMicrotask(() => {
        if (!hasEnded(response)) holdEnd(visit, response, next);
      });
      return headers('nothing');
    },

    async commit() {
      await visit.settled();
      const hadEnded = hasEnded(response);
      const news = await visit.commit();
      if (!hasEnded(response)) holdEnd(visit, response, next);
      // The handler went on meanwhile, and ended its response.
      else if (!hadEnded) await visit.commitLate();
      return headers(news);
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
 * A handler that writes its response in pieces may still change the session. The last piece waits
 * until these changes are stored too.
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

function headersFor(
  request: VisitRequest,
  settings: Settings,
  secret: Secret,
  warn: Warn,
  news: CookieNews,
): HeaderPair[] {
  const { session, sessionID } = request;
  if (news === 'nothing') return cacheHeaders(false);
  if (news === 'expired') {
    const cookie = newCookie(request, settings);
    cookie.expires = new Date(0);
    return [['Set-Cookie', cookie.serialize(settings.name, '')], ...cacheHeaders(true)];
  }
  if (!session) return cacheHeaders(false);
  if (session.cookie.secure && !settings.isSecure(request)) {
    warn(request);
    return cacheHeaders(false);
  }
  const text = session.cookie.serialize(settings.name, sign(String(sessionID), secret));
  return [['Set-Cookie', text], ...cacheHeaders(true)];
}
