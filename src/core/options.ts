import type { Codec } from '../codecs/codec.js';
import { jsonCodec } from '../codecs/json.js';
import { SessionData } from '../data/data.js';
import { type CookieOptions, cookieTransport } from '../http/cookie.js';
import type { Transport } from '../http/transport.js';
import type { Secret } from '../keys/secret.js';
import { NO_HOOKS, type StoreHooks } from '../stores/contract/deadline.js';
import type { SessionStore } from '../stores/contract.js';
import type { SessionEvents } from './events.js';
import {
  type Clocks,
  clockMilliseconds,
  type Duration,
  defaultTouchAfter,
  LONGEST_COOKIE,
} from './expiry.js';
import { refuseUnknown } from './known-options.js';
import type { NewcomerRules } from './newcomer.js';
import {
  invalidOption,
  readCacheControl,
  readChoice,
  readClearSiteData,
  readClock,
  readCodec,
  readDataSchema,
  readFlag,
  readInherit,
  readMaxLength,
  readNewcomers,
  readSessionLimit,
  readStoreTimeout,
  readTransport,
  readTrustProxy,
  type SiteData,
} from './option-checks.js';
import { readPlace, type SessionPlace } from './option-place.js';
import { type OutagePolicy, type OutageRule, readOutagePolicy } from './outage.js';
import type { Persistence } from './persistence.js';
import type { Predecessor } from './predecessor.js';

/** The options of {@link createSessions}. Only `store` is required; the defaults are safe. */
export interface SessionOptions {
  /**
   * Where sessions are kept: a store such as `memoryStore()` or `sqliteStore()`; `cookieSessions()`
   * to keep each session in its cookie; or `cookieFirst()` to use both.
   */
  store?: SessionStore | SessionPlace | undefined;
  /**
   * One secret or a list, each of 32 bytes or more. It adds a MAC to tokens, so forged tokens never
   * reach the store. The first one signs new tokens; all are accepted. To rotate, put the new one
   * first and remove the old one after `lifetime`. A function is called at each use, so secrets can
   * change while the server runs. `cookieSessions()` encrypts with it and needs it.
   */
  secret?: Secret | (() => Secret) | undefined;
  /** Encrypts the data in the store with `secret`, bound to the session. Default false. */
  encrypt?: boolean | undefined;
  /**
   * Turns values into text. The default, JSON, refuses values that it would change; `richCodec()`
   * also stores Date, Map, Set and BigInt.
   */
  codec?: Codec | undefined;
  /** How long a session lives without a request. Default `'2h'`. */
  idleTimeout?: Duration | undefined;
  /** How long a session lives at most, even when it is in use. Default `'30d'`. */
  lifetime?: Duration | undefined;
  /**
   * A request moves the idle deadline in the store only when the last touch is at least this old.
   * Default a twentieth of `idleTimeout`, at most `'1m'`.
   */
  touchAfter?: Duration | undefined;
  /**
   * Gives a session a new token when its token is this old. Default off. The old token works until
   * `rotationOverlap` after the new one was used. An old token that comes later ends the session,
   * since somebody has a copy of the token.
   */
  rotateAfter?: Duration | undefined;
  /**
   * How long a replaced token still works after the new token was first used. Default `'30s'`. If
   * it is shorter than your slowest request, the changes of that request are lost.
   */
  rotationOverlap?: Duration | undefined;
  /**
   * How long a dead token is remembered after its session ended or got a new id. A request with a
   * dead token gets no new session, so it cannot undo a login or logout that was answered
   * meanwhile. Default `'30s'`; give at least the time of your slowest request.
   */
  deadFor?: Duration | undefined;
  /**
   * How many sessions a user may have. `surplus` decides about a login above the limit:
   * `'endOldest'` (default) ends the user's oldest logins, `'refuse'` fails the login with
   * `session-limit`. Default no limit. Needs a store with `byUser`.
   */
  sessionsPerUser?: SessionLimit | undefined;
  /**
   * Limits the new sessions of visitors without a login, and how long they live if the visitor does
   * not come back: `newcomers()` of `sojourn/newcomers`. Default no limit. Needs a store.
   */
  newcomers?: NewcomerRules | undefined;
  /**
   * When a flash message is removed. `'page'` (default): with the page that shows it, so polls,
   * prefetches, redirects and error pages leave it in place. `'read'`: after any request has read
   * it. `'next'`: after the next request, as in Laravel.
   */
  flash?: 'page' | 'read' | 'next' | undefined;
  /**
   * The `Cache-Control` header of a response whose handler used a stored session and set no such
   * header. Default `'private, no-cache'`; `false` sends none.
   */
  cacheControl?: string | false | undefined;
  /**
   * Sends `Clear-Site-Data` when `logout`, `invalidate` or `destroy` ends a session, so the browser
   * deletes this data. `true` is `['cache', 'cookies', 'storage']`. Default false. `'cookies'`
   * deletes the cookies of the whole site, other hosts included.
   */
  clearSiteData?: boolean | readonly SiteData[] | undefined;
  /** The cookie's name and attributes. */
  cookie?: CookieOptions | undefined;
  /**
   * How the token travels. Default a cookie; use `headerTransport('x-session')` for clients that
   * store the token themselves.
   */
  transport?: Transport | undefined;
  /**
   * Systems that kept this site's sessions before, such as `fromIronSession({ ... })` of
   * `sojourn/bridges/iron-session`. A visitor who comes with the cookie of one goes on with the
   * same data in a new session. Default none.
   */
  inherit?: readonly Predecessor[] | undefined;
  /**
   * How many proxies are in front of this server. Their `X-Forwarded-Proto` and `X-Forwarded-For`
   * tell the client's scheme and address. `true` is one proxy. Default false. If the number is too
   * high, clients can forge both.
   */
  trustProxy?: boolean | number | undefined;
  /**
   * Stores the client's IP address and user agent with each session, for lists of devices. Default
   * false, since both are personal data.
   */
  clientFacts?: boolean | undefined;
  /**
   * How long all store calls of one step may take together. Steps are opening a session, a commit,
   * and each verb such as `save` or `logout`. For directory methods such as `ofUser` it limits each
   * call. `count`, `prune` and `destroyAll` get 300 times as long. Default `'2s'`.
   */
  storeTimeout?: Duration | undefined;
  /** What a request gets when its session cannot be read, or rules for that. Default `'fail'`. */
  onStoreError?: OutagePolicy | readonly OutageRule[] | undefined;
  /** The longest encoded data of one session, in characters. Default 1,048,576. */
  maxLength?: number | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** Checks the data of sessions. `dataSchema` of `sojourn/schema` makes one. */
export interface DataSchema<Data extends object = object> {
  /** Names the type of the data to the compiler; there is no such property. */
  readonly types?: Data;
  /** The data of a new session, which `fill` makes that of a stored one. */
  readonly create: (codec: Codec, report: ReportAside) => SessionData;
}

/** Takes the news that a value was set aside. */
export type ReportAside = (aside: SessionEvents['setAside']) => void;

/** The options and what else decides about data. */
export interface AllOptions extends SessionOptions {
  readonly data?: DataSchema | undefined;
}

interface Hooks extends StoreHooks {
  readonly onAside?: ReportAside;
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
  /** The store to prune and to close: the store of sessions or of revocations. */
  readonly backend: SessionStore | undefined;
  readonly persistence: Persistence;
  /** The data of a new session. */
  readonly createData: () => SessionData;
  readonly clocks: Clocks;
  readonly rotateAfter: number | undefined;
  readonly rotationOverlap: number;
  readonly deadFor: number;
  readonly sessionsPerUser: Required<SessionLimit> | undefined;
  readonly newcomers: NewcomerRules | undefined;
  readonly flash: 'page' | 'read' | 'next';
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

const KNOWN: Readonly<Record<keyof AllOptions, true>> = {
  store: true,
  secret: true,
  encrypt: true,
  codec: true,
  data: true,
  idleTimeout: true,
  lifetime: true,
  touchAfter: true,
  rotateAfter: true,
  rotationOverlap: true,
  deadFor: true,
  sessionsPerUser: true,
  newcomers: true,
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
 * Checks the options and fills in the defaults. The caller's object is not changed.
 * @throws `invalid-option` naming the option and what to write instead.
 */
export function readOptions(options: AllOptions, hooks: Hooks = NO_HOOKS): Settings {
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
  const given = readTransport(options.transport ?? cookieTransport(options.cookie ?? {}, now));
  const lifetime = clockMilliseconds(options.lifetime ?? '30d', 'lifetime');
  if (given.persistent && lifetime > LONGEST_COOKIE) {
    process.emitWarning(
      'lifetime is above 400 days, the longest that browsers keep a cookie (RFC 6265bis section 5.5).',
    );
  }
  const storeTimeout = readStoreTimeout(options.storeTimeout ?? '2s');
  const isTransportGiven = options.transport !== undefined;
  const needs = { transport: given, isTransportGiven, lifetime, storeTimeout, now, hooks };
  const place = readPlace(options, needs);
  const codec = readCodec(options.codec ?? jsonCodec());
  const schema = readDataSchema(options.data);
  const { onAside = () => undefined } = hooks;
  return Object.freeze({
    ...place,
    storeTimeout,
    createData: () => schema?.create(codec, onAside) ?? new SessionData(codec),
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
    sessionsPerUser: readSessionLimit(options.sessionsPerUser, place.store),
    newcomers: readNewcomers(options.newcomers, place.store),
    flash: readChoice('flash', options.flash ?? 'page', ['page', 'read', 'next']),
    cacheControl: readCacheControl(options.cacheControl ?? 'private, no-cache'),
    clearSiteData: readClearSiteData(options.clearSiteData ?? false),
    rotationOverlap: clockMilliseconds(options.rotationOverlap ?? '30s', 'rotationOverlap'),
    inherit: readInherit(options.inherit ?? [], given, options.cookie),
    trustedProxies: readTrustProxy(options.trustProxy ?? false),
    clientFacts: readFlag('clientFacts', options.clientFacts ?? false),
    outage: readOutagePolicy(options),
    maxLength: readMaxLength(options.maxLength ?? 1_048_576),
    now,
  });
}
