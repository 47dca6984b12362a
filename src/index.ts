export type { Codec } from './codecs/codec.js';
export { jsonCodec } from './codecs/json.js';
export { session } from './core/context.js';
export {
  isSessionError,
  SessionError,
  type SessionErrorCode,
  type SessionErrorDetails,
} from './core/errors.js';
export type { SessionEvents, SessionListener } from './core/events.js';
export type { Duration } from './core/expiry.js';
export type { SessionOptions } from './core/options.js';
export type { AnyPath, ElementAt, KeysOf, PathOf, PathTo, ValueAt } from './core/path.js';
export { type DefaultData, Session, type SessionTypes } from './core/session.js';
export { createSessions, type SessionSnapshot, type Sessions } from './core/sessions.js';
export type { Outcome } from './core/state.js';
export type { CookieOptions } from './http/cookie.js';
export { headerTransport } from './http/header-transport.js';
export { addHeaders, type HeaderTarget } from './http/headers.js';
export type { Connection, RequestHeaders } from './http/request.js';
export type { HeaderPair, Presented, RequestView, Transport } from './http/transport.js';
export {
  type CookieSessions,
  type CookieSessionsOptions,
  cookieSessions,
} from './sealed/cookie-sessions.js';
export {
  type SessionEntry,
  type SessionRecord,
  type SessionStore,
  type StoreAbility,
  type StoredSession,
  supports,
} from './stores/contract.js';
