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
 * Options of {@link cookieSession}; those of a cookie can be changed for one request on
 * `req.sessionOptions`.
 */
export interface CookieSessionOptions extends CookieAttributes {
  /** The cookie's name. Default `session`. */
  name?: string | undefined;
  /**
   * Keys that sign the cookie: the first signs, all are accepted. The list may be changed while the
   * app runs. Or a Keygrip.
   */
  keys?: readonly Key[] | Keys | undefined;
  /** The one key, when there is no `keys`. */
  secret?: Key | undefined;
  /**
   * Whether a second cookie, `<name>.sig`, carries a signature. Default `true`; with `false`
   * visitors can write what they like into their session.
   */
  signed?: boolean | undefined;
  /**
   * Whether cookies of this name that others set on the same response are left out. Default `true`.
   */
  overwrite?: boolean | undefined;
  /**
   * Marks the cookie secure whatever the connection; for apps of old. Use `secure` and Express's
   * `trust proxy` instead.
   */
  secureProxy?: boolean | undefined;
}

/** What {@link cookieSession} adds to a request. */
export interface CookieSessionRequest {
  /**
   * The visitor's session; `null` once it was set to `null`, which removes it. Setting an object
   * replaces it.
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

/** Middleware as Express 3, 4 and 5 and connect take it. */
export type CookieSessionMiddleware = (
  request: NodeRequest & { session?: unknown; sessionOptions?: unknown },
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * The options objects of requests, to tell those that this middleware made from those that an app
 * put in their place.
 */
const made = new WeakSet<object>();

/**
 * Sessions kept in a signed cookie: the API and the cookies of cookie-session 2.1. A response
 * leaves once its cookie is made; when it cannot be, the error goes to `next` and the response is
 * not sent. The cookie is not encrypted, and of two requests at the same moment the later one wins.
 * @throws `invalid-option` without keys, TypeError for cookie attributes that cannot be sent.
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

  /** Requests that have their session from here: the same middleware may be mounted twice. */
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
      // Options of an app that leave these out must not make its sessions unsigned, or others.
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
 * Options on top of those that were given, so that inherited ones count, and getters are asked each
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
