import { headReset, isResponse, type NodeResponse } from '../../adapters/node/head.js';
import { holdResponse } from '../../adapters/node/response.js';
import type { NodeRequest } from '../../adapters/node.js';
import { Cookie, type CookieOptions } from '../../bridges/connect/cookie.js';
import { SessionError } from '../../core/errors.js';
import type { HeaderPair } from '../../http/transport.js';
import { cacheHeaders } from '../answers/cache-headers.js';
import { checkLength, jsonText } from '../answers/cookie-text.js';
import { insecureWarning } from '../answers/insecure-warning.js';
import { warnOfPlaceholders } from '../answers/placeholder-warning.js';
import { type IncomingRequest, isBelow, isSecure, pathOf } from '../express-session/request.js';
import { readIds, type Secret, sign } from '../express-session/signature.js';

/** Options of {@link cookieSession}. */
export interface CookieSessionOptions {
  /** The cookie's name. Default `connect.sess`. */
  key?: string | undefined;
  /** The secret that signs the cookie. Default the secret of `cookieParser`. */
  secret?: Secret | undefined;
  /** Attributes of the cookie. Default `{ path: '/', httpOnly: true, maxAge: null }`. */
  cookie?: (Omit<CookieOptions, 'secure'> & { secure?: boolean | undefined }) | undefined;
  /**
   * Whether `X-Forwarded-Proto`, from a proxy in front, decides if the visitor came over https.
   * Default `false`.
   */
  proxy?: boolean | undefined;
}

/** Middleware for Express 3 and later. */
export type Express3Middleware = (
  request: NodeRequest & IncomingRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Sessions kept in a signed cookie, with the API and the cookies of `express.cookieSession` of
 * Express 3. Without a secret each request fails. The cookie is not encrypted. When two requests
 * run at the same time, the later one wins.
 * @throws TypeError for a name or attributes that cannot be sent.
 */
export function cookieSession({
  key = 'connect.sess',
  proxy = false,
  ...options
}: CookieSessionOptions = {}): Express3Middleware {
  new Cookie(options.cookie).serialize(key, '');
  const warn = insecureWarning('set the option proxy');

  /** Requests that have their session from here: the same middleware may be mounted twice. */
  const served = new WeakSet<object>();
  if (options.secret) warnOfPlaceholders([options.secret], 'secret');

  return function session(request, response, next) {
    const secret = options.secret || request.secret;
    const cookie = new Cookie(options.cookie);
    if (served.has(request)) return next();
    if (!secret)
      return next(
        new SessionError('invalid-option', '`secret` option required for cookie sessions'),
      );
    served.add(request);
    request.session = { cookie };
    if (!isBelow(pathOf(request), cookie.path ?? '/')) return next();

    const [received] = readIds(String(request.headers.cookie ?? ''), {}, key, [secret]);
    const attributes = cookie.serialize(key, '');
    // With a secret of cookieParser, Express 3 sends the cookie with each response, which moves its
    // expiry.
    const isRenewed = !options.secret && Boolean(cookie.expires);
    request.session = Object.assign(parsed(received), { cookie });

    function setCookies(): HeaderPair[] {
      const { session } = request;
      if (!session) {
        cookie.expires = new Date(0);
        return [['Set-Cookie', cookie.serialize(key, '')]];
      }
      const { cookie: _, ...data } = session as Record<string, unknown>;
      const text = `j:${jsonText(data)}`;
      if (text === received && cookie.serialize(key, '') === attributes && !isRenewed) return [];
      if (cookie.secure && !isSecure(request, proxy)) {
        warn(request);
        return [];
      }
      const value = sign(text, secret as Secret);
      checkLength(key, encodeURIComponent(value));
      return [['Set-Cookie', cookie.serialize(key, value)]];
    }

    if (!isResponse(response)) return next();
    const reset = headReset(response);
    holdResponse(response, {
      answerNow: () => undefined,
      async commit() {
        const cookies = setCookies();
        return [...cookies, ...cacheHeaders(cookies.length > 0)];
      },
      fail: (error) => {
        if (!response.headersSent) reset();
        next(error);
      },
    });
    next();
  };
}

/** The session in a signed text; an empty one when there is none. */
function parsed(text: string | undefined): object {
  if (!text?.startsWith('j:')) return {};
  try {
    const session: unknown = JSON.parse(text.slice(2));
    return typeof session === 'object' && session !== null ? session : {};
  } catch {
    return {};
  }
}
