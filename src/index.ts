export type { Codec } from './core/codec.js';
export { session } from './core/context.js';
export type { CookieOptions } from './core/cookie.js';
export { type CookieSessions, type CookieSessionsOptions, cookieSessions } from './core/cookie-sessions.js';
export { isSessionError, SessionError, type SessionErrorCode, type SessionErrorDetails } from './core/errors.js';
export type { SessionEvents, SessionListener } from './core/events.js';
export type { Duration } from './core/expiry.js';
export { headerTransport } from './core/header-transport.js';
export { addHeaders, type HeaderTarget } from './core/headers.js';
export { jsonCodec } from './core/json-codec.js';
export type { SessionOptions } from './core/options.js';
export type { AnyPath, ElementAt, KeysOf, PathOf, PathTo, ValueAt } from './core/path.js';
export type { Connection, RequestHeaders } from './core/request.js';
export { type DefaultData, Session, type SessionTypes } from './core/session.js';
export { createSessions, type SessionSnapshot, type Sessions } from './core/sessions.js';
export type { Outcome } from './core/state.js';
export {
  type SessionEntry,
  type SessionRecord,
  type SessionStore,
  type StoreAbility,
  type StoredSession,
  supports,
} from './core/store.js';
export type { HeaderPair, Presented, RequestView, Transport } from './core/transport.js';
