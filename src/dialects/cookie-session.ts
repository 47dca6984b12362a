import { headReset, isResponse, type NodeResponse } from '../adapters/node/head.js';
import type { RequestSession } from '../adapters/node/request-session.js';
import { holdResponse } from '../adapters/node/response.js';
import type { NodeRequest } from '../adapters/node.js';
import { SessionError } from '../core/errors.js';
import { cacheHeaders } from './answers/cache-headers.js';
import { insecureWarning } from './answers/insecure-warning.js';
import { warnOfPlaceholders } from './answers/placeholder-warning.js';
import { type Key, type Keys, readKeys } from './cookie-session/keys.js';
import type { CookieSessionObject } from './cookie-session/session.js';
import { type CookieAttributes, checkAttributes } from './cookie-session/set-cookie.js';
import { CookieVisit, type VisitOptions } from './cookie-session/visit.js';

export type { CookieSessionObject } from './cookie-session/session.js';

/**
 * Options of {@link cookieSession}. The cookie attributes can be changed for one request on
 * `req.sessionOptions`.
 */
export interface CookieSessionOptions extends CookieAttributes {
  /** The cookie's name. Default `session`. */
  name?: string | undefined;
  /**
   * The keys that sign the cookie, or a Keygrip. The first key signs; signatures of all keys are
   * accepted. You may change the list while the app runs.
   */
  keys?: readonly Key[] | Keys | undefined;
  /** A single key, used when `keys` is absent. */
  secret?: Key | undefined;
  /**
   * Whether a second cookie, `<name>.sig`, carries a signature. Default `true`. With `false`,
   * visitors can write anything into their session.
   */
  signed?: boolean | undefined;
  /**
   * Whether this cookie replaces cookies of the same name that other code set on the response.
   * Default `true`.
   */
  overwrite?: boolean | undefined;
  /**
   * Marks the cookie secure on every connection, for old apps. Use `secure` and Express's `trust
   * proxy` instead.
   */
  secureProxy?: boolean | undefined;
}

/** The properties that {@link cookieSession} adds to a request. */
export interface CookieSessionRequest {
  /**
   * The visitor's session. Set it to `null` to remove the session, or to an object to replace its
   * data.
   */
  session: CookieSessionObject | null;
  /** The options for this request alone. */
  sessionOptions: CookieSessionOptions;
}

declare global {
  namespace Express {
    interface RequestSessions {
      'cookie-session': CookieSessionObject | null;
    }
    interface Request {
      /** The visitor's session. */
      session: RequestSession;
      /** The options of cookie-session for this request alone. */
      sessionOptions: CookieSessionOptions;
    }
  }
}

/** Middleware for Express 3, 4 and 5 and connect. */
export type CookieSessionMiddleware = (
  request: NodeRequest & { session?: unknown; sessionOptions?: unknown },
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * The options objects that this middleware made for requests; an app may have put others in their
 * place.
 */
const made = new WeakSet<object>();

/**
 * Sessions kept in a signed cookie: the API and the cookies of cookie-session 2.1. A response
 * leaves once its cookie is made. When the cookie cannot be made, the response is not sent, and the
 * error goes to `next`. The cookie is not encrypted. When two requests run at the same time, the
 * later one wins.
 * @throws `invalid-option` without keys; TypeError for cookie attributes that cannot be sent.
 */
function cookieSession(options: CookieSessionOptions = {}): CookieSessionMiddleware {
  const keys = readKeys(options.keys, options.secret);
  const name = options.name || 'session';
  const settings = withDefaults(options, { name, overwrite: true, httpOnly: true, signed: true });
  if (keys === undefined && settings.signed)
    throw new SessionError('invalid-option', '.keys required.');
  warnOfPlaceholders(Array.isArray(options.keys) ? options.keys : [options.secret], 'keys');
  checkAttributes(name, settings);
  if ('secureProxy' in options) {
    process.emitWarning(
      "The option secureProxy of cookie-session is deprecated. Use secure, and Express's 'trust proxy'.",
      'DeprecationWarning',
    );
  }
  const warn = insecureWarning("set Express's 'trust proxy'");

  /** Requests that got their session here. The same middleware may be mounted twice. */
  const served = new WeakSet<object>();

  return function session(request, response, next) {
    if (served.has(request)) {
      next();
      return;
    }
    served.add(request);
    const own: CookieSessionOptions = Object.create(settings);
    made.add(own);
    /**
     * Another middleware of this kind sets its own options on the same request; an app may set
     * others.
     */
    const present = (): VisitOptions => {
      const { sessionOptions } = request as CookieSessionRequest;
      const options = made.has(sessionOptions) ? own : sessionOptions;
      // An app whose options leave these out must not get unsigned or different sessions.
      return over(options, {
        name: options.name || name,
        signed: options.signed ?? keys !== undefined,
      }) as VisitOptions;
    };
    const visit = new CookieVisit({ request, response, keys, options: present, warn });
    request.sessionOptions = own;
    Object.defineProperty(request, 'session', {
      configurable: true,
      enumerable: true,
      get: () => visit.session,
      set: (session: unknown) => visit.replace(session),
    });
    if (!isResponse(response)) {
      next();
      return;
    }
    const reset = headReset(response);
    holdResponse(response, {
      answerNow: () => (visit.isAccessed ? undefined : []),
      commit: async () => cacheHeaders(visit.prepare()),
      release: () => visit.send(),
      fail: (error) => {
        if (!response.headersSent) reset();
        next(error);
      },
    });
    next();
  };
}

/**
 * Options on top of the given ones, so that inherited options count, and getters are called each
 * time.
 */
function withDefaults(
  options: CookieSessionOptions,
  defaults: CookieSessionOptions,
): CookieSessionOptions {
  const absent = Object.entries(defaults).filter(([name]) => {
    const given = options[name as keyof CookieSessionOptions];
    return name === 'name' ? !given : given === undefined || given === null;
  });
  return over(options, Object.fromEntries(absent));
}

/** Options that inherit from others, which may be getters. */
function over(options: CookieSessionOptions, own: CookieSessionOptions): CookieSessionOptions {
  const properties = Object.entries(own).map(([name, value]) => [
    name,
    { value, configurable: true, enumerable: true, writable: true },
  ]);
  return Object.create(options, Object.fromEntries(properties));
}

export { cookieSession as default, cookieSession as 'module.exports' };
