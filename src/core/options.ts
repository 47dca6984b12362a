import type { Codec } from '../codecs/codec.js';
import { jsonCodec } from '../codecs/json.js';
import { type CookieOptions, cookieTransport } from '../http/cookie.js';
import type { Transport } from '../http/transport.js';
import type { Secret } from '../keys/secret.js';
import type { CookieSessions } from '../sealed/cookie-sessions.js';
import { NO_HOOKS, type StoreHooks } from '../stores/contract/deadline.js';
import type { SessionStore } from '../stores/contract.js';
import {
  type Clocks,
  clockMilliseconds,
  type Duration,
  defaultTouchAfter,
  LONGEST_COOKIE,
} from './expiry.js';
import { refuseUnknown } from './known-options.js';
import {
  invalidOption,
  readCacheControl,
  readChoice,
  readClearSiteData,
  readClock,
  readCodec,
  readFlag,
  readInherit,
  readMaxLength,
  readSessionLimit,
  readStoreTimeout,
  readTransport,
  readTrustProxy,
  type SiteData,
} from './option-checks.js';
import { readPlace } from './option-place.js';
import { type OutagePolicy, type OutageRule, readOutagePolicy } from './outage.js';
import type { Persistence } from './persistence.js';
import type { Predecessor } from './predecessor.js';

/** What {@link createSessions} takes. Only `store` is needed; the defaults are the safe ones. */
export interface SessionOptions {
  /**
   * Where sessions are kept: `memoryStore()`, `sqliteStore()`, ..., or `cookieSessions()` for no
   * store at all.
   */
  store?: SessionStore | CookieSessions | undefined;
  /**
   * One secret or several, each of 32 bytes or more. With it tokens carry a MAC, so forged ones
   * never reach the store. The first makes new tokens, all are accepted; to change it put the new
   * one in front, and drop the old one after `lifetime`. A function is asked at each use, so
   * secrets can change while the server runs. `cookieSessions()` seals with it and needs it.
   */
  secret?: Secret | (() => Secret) | undefined;
  /** Encrypts the data in the store with `secret`, bound to its session. Default false. */
  encrypt?: boolean | undefined;
  /**
   * How values become text. Default JSON, which refuses what it would change; `richCodec()` adds
   * Date, Map, Set and BigInt.
   */
  codec?: Codec | undefined;
  /** How long a session lives without a request. Default `'2h'`. */
  idleTimeout?: Duration | undefined;
  /** How long a session lives at most, however much it is used. Default `'30d'`. */
  lifetime?: Duration | undefined;
  /**
   * How old the last touch must be before the next is stored. Default a twentieth of `idleTimeout`,
   * at most `'1m'`.
   */
  touchAfter?: Duration | undefined;
  /**
   * Gives a session a new token when the present one is this old. Default off. The old token works
   * until `rotationOverlap` after the new one was used; seen later, it ends the session, since one
   * of the two is a copy.
   */
  rotateAfter?: Duration | undefined;
  /**
   * How long a replaced token still works after its successor was first used. Default `'30s'`.
   * Shorter than the slowest request loses its changes.
   */
  rotationOverlap?: Duration | undefined;
  /**
   * How long a session that ended or got a new id leaves a trace. Requests with its dead token find
   * no session until then, and get no new one: they cannot undo a login or a logout that was
   * answered meanwhile. Default `'30s'`; at least the slowest request.
   */
  deadFor?: Duration | undefined;
  /**
   * How many sessions a user may have, and which end when there are more: `'endOldest'` (default)
   * ends those that logged in first, `'refuse'` fails the login with `session-limit`. Default no
   * limit. Needs a store with `byUser`.
   */
  sessionsPerUser?: SessionLimit | undefined;
  /**
   * When flash is gone: `'read'` (default) once a request has read it, so that requests which do
   * not show it leave it alone; `'next'` after the next request, as in Laravel.
   */
  flash?: 'read' | 'next' | undefined;
  /**
   * The `Cache-Control` of an answer whose handler looked at a stored session and set none. Default
   * `'private, no-cache'`; `false` leaves the header out.
   */
  cacheControl?: string | false | undefined;
  /**
   * What a browser drops when a session ends by `logout`, `invalidate` or `destroy`, by the header
   * `Clear-Site-Data`: `true` is `['cache', 'cookies', 'storage']`. Default false. `'cookies'` are
   * those of the whole site, other hosts included.
   */
  clearSiteData?: boolean | readonly SiteData[] | undefined;
  /** The cookie's name and attributes. */
  cookie?: CookieOptions | undefined;
  /**
   * How the token travels. Default a cookie; `headerTransport('x-session')` for clients that keep
   * it themselves.
   */
  transport?: Transport | undefined;
  /**
   * Systems that kept this site's sessions before, such as `fromIronSession({ ... })` of
   * `sojourn/bridges/iron-session`. A visitor who comes with the cookie of one goes on with the
   * same data in a new session. Default none.
   */
  inherit?: readonly Predecessor[] | undefined;
  /**
   * How many proxies in front of this server to believe about the client's scheme and address
   * (`X-Forwarded-Proto`, `X-Forwarded-For`): `true` is one. Default false. Higher than the truth
   * lets clients choose both.
   */
  trustProxy?: boolean | number | undefined;
  /**
   * Keeps the client's address and user agent with each session, for lists of devices. Default
   * false: they are personal data.
   */
  clientFacts?: boolean | undefined;
  /**
   * How long a request may wait for the store when it opens its session, and again when it commits;
   * how long one call of a verb outside a request may take. `count`, `prune` and `destroyAll` walk
   * the whole store, and may take 300 times as long. Default `'2s'`.
   */
  storeTimeout?: Duration | undefined;
  /** What a request gets when its session cannot be read, or rules for that. Default `'fail'`. */
  onStoreError?: OutagePolicy | readonly OutageRule[] | undefined;
  /** The longest encoded data of one session, in characters. Default 1,048,576. */
  maxLength?: number | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** How many sessions a user may have at once: 1 or more. */
export interface SessionLimit {
  readonly max: number;
  readonly surplus?: 'endOldest' | 'refuse' | undefined;
}

/** The options as the core reads them: checked, complete and frozen. */
export interface Settings {
  /** Where sessions are kept; `undefined` when they are in their cookies. */
  readonly store: SessionStore | undefined;
  /** The store whose expired records are pruned and that is closed; also that of revocations. */
  readonly backend: SessionStore | undefined;
  readonly persistence: Persistence;
  readonly codec: Codec;
  readonly clocks: Clocks;
  readonly rotateAfter: number | undefined;
  readonly rotationOverlap: number;
  readonly deadFor: number;
  readonly sessionsPerUser: Required<SessionLimit> | undefined;
  readonly flash: 'read' | 'next';
  readonly cacheControl: string | false;
  readonly clearSiteData: readonly SiteData[];
  readonly transport: Transport;
  readonly inherit: readonly Predecessor[];
  readonly trustedProxies: number;
  readonly clientFacts: boolean;
  readonly outage: ReturnType<typeof readOutagePolicy>;
  readonly maxLength: number;
  /** In milliseconds, as all durations here. */
  readonly storeTimeout: number;
  readonly now: () => number;
}

const KNOWN: Readonly<Record<keyof SessionOptions, true>> = {
  store: true,
  secret: true,
  encrypt: true,
  codec: true,
  idleTimeout: true,
  lifetime: true,
  touchAfter: true,
  rotateAfter: true,
  rotationOverlap: true,
  deadFor: true,
  sessionsPerUser: true,
  flash: true,
  cacheControl: true,
  clearSiteData: true,
  cookie: true,
  transport: true,
  inherit: true,
  trustProxy: true,
  clientFacts: true,
  storeTimeout: true,
  onStoreError: true,
  maxLength: true,
  now: true,
};

/**
 * Checks the options and fills in the defaults; the caller's object stays as it is.
 * @throws `invalid-option` naming the option and what to write instead.
 */
export function readOptions(options: SessionOptions, hooks: StoreHooks = NO_HOOKS): Settings {
  if (typeof options !== 'object' || options === null)
    throw invalidOption(
      'createSessions takes an object: createSessions({ store: memoryStore() }).',
    );
  refuseUnknown(options, Object.keys(KNOWN));
  if (options.cookie !== undefined && options.transport !== undefined) {
    throw invalidOption(
      'cookie and transport are both set. Leave out cookie: the transport decides how the token travels.',
    );
  }
  const idleTimeout = clockMilliseconds(options.idleTimeout ?? '2h', 'idleTimeout');
  const rotateAfter =
    options.rotateAfter === undefined
      ? undefined
      : clockMilliseconds(options.rotateAfter, 'rotateAfter');
  const now = readClock(options.now ?? Date.now);
  const transport = readTransport(options.transport ?? cookieTransport(options.cookie ?? {}, now));
  const lifetime = clockMilliseconds(options.lifetime ?? '30d', 'lifetime');
  if (transport.persistent && lifetime > LONGEST_COOKIE) {
    process.emitWarning(
      'lifetime is above 400 days, the longest that browsers keep a cookie (RFC 6265bis section 5.5).',
    );
  }
  const storeTimeout = readStoreTimeout(options.storeTimeout ?? '2s');
  return Object.freeze({
    ...readPlace(options, { transport, lifetime, storeTimeout, now, hooks }),
    storeTimeout,
    codec: readCodec(options.codec ?? jsonCodec()),
    clocks: Object.freeze({
      idleTimeout,
      lifetime,
      touchAfter:
        options.touchAfter === undefined
          ? defaultTouchAfter(idleTimeout)
          : clockMilliseconds(options.touchAfter, 'touchAfter'),
    }),
    rotateAfter,
    deadFor: clockMilliseconds(options.deadFor ?? '30s', 'deadFor'),
    sessionsPerUser: readSessionLimit(options.sessionsPerUser, options.store),
    flash: readChoice('flash', options.flash ?? 'read', ['read', 'next']),
    cacheControl: readCacheControl(options.cacheControl ?? 'private, no-cache'),
    clearSiteData: readClearSiteData(options.clearSiteData ?? false),
    rotationOverlap: clockMilliseconds(options.rotationOverlap ?? '30s', 'rotationOverlap'),
    transport,
    inherit: readInherit(options.inherit ?? [], transport, options.cookie),
    trustedProxies: readTrustProxy(options.trustProxy ?? false),
    clientFacts: readFlag('clientFacts', options.clientFacts ?? false),
    outage: readOutagePolicy(options),
    maxLength: readMaxLength(options.maxLength ?? 1_048_576),
    now,
  });
}
