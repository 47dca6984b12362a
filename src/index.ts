export {
  type AnswerTarget,
  addAnswer,
  type CommitAnswer,
  lostAnswer,
  type NodeHeaderMethods,
  type PlainHeaders,
} from './adapters/answers/answer.js';
export type { Codec } from './codecs/codec.js';
export { jsonCodec } from './codecs/json.js';
export { session } from './core/context.js';
export type {
  DestroyUserOptions,
  Directory,
  ListOptions,
  SessionList,
} from './core/directory.js';
export {
  isSessionError,
  SessionError,
  type SessionErrorCode,
  type SessionErrorDetails,
} from './core/errors.js';
export type { EndReason, SessionEvents, SessionListener } from './core/events.js';
export type { Duration } from './core/expiry.js';
export type { LoginOptions } from './core/identity.js';
export type { SiteData } from './core/option-checks.js';
export type { SessionPlace } from './core/option-place.js';
export type { DataSchema, SessionLimit, SessionOptions } from './core/options.js';
export type { OutagePolicy, OutageRule, StalePolicy } from './core/outage.js';
export {
  type GatheredCookie,
  type Inheritance,
  type Inherited,
  type Predecessor,
  type PredecessorCookie,
  type PredecessorOptions,
  predecessor,
} from './core/predecessor.js';
export {
  type DefaultData,
  type ExclusiveOptions,
  type FlashOptions,
  Session,
  type SessionTypes,
} from './core/session.js';
export {
  type CommitOptions,
  createSessions,
  type OpenOptions,
  type Sessions,
} from './core/sessions.js';
export type { SessionSnapshot } from './core/snapshots.js';
export type { Outcome } from './core/visit-states.js';
export type { SetAside } from './data/aside.js';
export type { AnyPath, Complete, ElementAt, KeysOf, PathOf, PathTo, ValueAt } from './data/path.js';
export type { CookieOptions } from './http/cookie.js';
export {
  type CrossSiteOptions,
  type CrossSiteRequest,
  crossSiteRefusal,
} from './http/cross-site.js';
export { headerTransport } from './http/header-transport.js';
export { addHeaders, type HeaderTarget } from './http/headers.js';
export type { Connection, RequestHeaders } from './http/request.js';
export type {
  Answer,
  AnswerCookie,
  CookieAttributes,
  HeaderPair,
  Presented,
  RequestView,
  Transport,
} from './http/transport.js';
export { type CookieFirstOptions, cookieFirst } from './sealed/cookie-first.js';
export {
  type CookieSessions,
  type CookieSessionsOptions,
  cookieSessions,
} from './sealed/cookie-sessions.js';
export {
  eachEntry,
  isMoved,
  type PageOptions,
  type SessionEntry,
  type SessionPage,
  type SessionRecord,
  type SessionStore,
  type StoreAbility,
  type StoredSession,
  supports,
} from './stores/contract.js';
