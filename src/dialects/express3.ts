import expressSession, { type SessionOptions } from './express-session.js';
import {
  type CookieSessionOptions,
  cookieSession,
  type Express3Middleware,
} from './express3/cookie-session.js';

export type { CookieSessionOptions, Express3Middleware } from './express3/cookie-session.js';

/** The functions that {@link express3} adds to Express. */
export interface Strategies {
  /** Sessions kept in a signed cookie. */
  readonly cookieSession: (options?: CookieSessionOptions) => Express3Middleware;
  /** Sessions kept in a store, with `Cookie`, `MemoryStore`, `Session` and `Store`. */
  readonly session: typeof expressSession;
}

/**
 * Express with the two session strategies of Express 3 on Sojourn: `var express =
 * require('sojourn/express3')(require('express'))`. The rest is the Express that you pass, which is
 * not changed. Stores accept the result in place of Express: `require('connect-redis')(express)`.
 */
function express3<Express extends (...parameters: never[]) => unknown>(
  express: Express,
): Express & Strategies {
  const withStrategies = Object.setPrototypeOf(
    (...parameters: never[]) => express(...parameters),
    express,
  );
  return Object.defineProperties(withStrategies, {
    cookieSession: { enumerable: true, value: cookieSession },
    session: { enumerable: true, value: Object.assign(storeSession, expressSession) },
  });
}

/** Like `express.session` of Express 3.21: it saves every session. */
function storeSession(options: SessionOptions): ReturnType<typeof expressSession> {
  return expressSession({ resave: true, saveUninitialized: true, ...options });
}

export { express3 as default, express3 as 'module.exports' };
