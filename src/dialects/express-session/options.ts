import type { AnyConnectStore } from '../../bridges/connect/contract.js';
import { Cookie, type CookieOptions } from '../../bridges/connect/cookie.js';
import { deprecate } from '../../bridges/connect/deprecate.js';
import { MemoryStore } from '../../bridges/connect/memory-store.js';
import { Session } from '../../bridges/connect/session.js';
import { toConnect } from '../../bridges/connect/to-connect.js';
import { SessionError } from '../../core/errors.js';
import { type Duration, milliseconds } from '../../core/internal.js';
import { fillRandom } from '../../keys/random.js';
import type { SessionStore } from '../../stores/contract.js';
import { warnOfPlaceholders } from '../answers/placeholder-warning.js';
import type { HashIds } from './open-records.js';
import { type IncomingRequest, isSecure, type VisitRequest } from './request.js';
import type { Secret } from './signature.js';

/** A function of a request, whatever the framework's type for it is. */
type OfRequest<Result> = { of(request: IncomingRequest): Result }['of'];

/** A store made for express-session: anything that extends `session.Store`. */
export interface EventedStore extends AnyConnectStore {
  on(event: 'connect' | 'disconnect', listener: () => void): unknown;
  generate?: ((request: never) => void) | undefined;
}

/** Options of `session()`: those of express-session, with its defaults. */
export interface SessionOptions {
  /**
   * Signs the cookie: the first signs, all are accepted. Default `req.secret`, which is deprecated.
   */
  secret?: Secret | readonly Secret[] | undefined;
  /** The cookie's name. Default `connect.sid`. */
  name?: string | undefined;
  /** As `name`, which wins. */
  key?: string | undefined;
  /**
   * A store made for express-session, or any store of Sojourn. Default a new `MemoryStore`, which
   * is for development.
   */
  store?: AnyConnectStore | SessionStore | undefined;
  /**
   * Makes the id of a new session, or a promise of it. Default 24 random bytes. Ids must differ: an
   * id that is taken takes the session over.
   */
  genid?: OfRequest<string | Promise<string>> | undefined;
  /**
   * Attributes of the cookie, or a function of the request. Default `{ path: '/', httpOnly: true,
   * secure: false, maxAge: null }`.
   */
  cookie?: CookieOptions | OfRequest<CookieOptions> | undefined;
  /**
   * Whether to believe `X-Forwarded-Proto` about a secure connection. Default: what Express makes
   * of its `trust proxy`.
   */
  proxy?: boolean | undefined;
  /** Whether to store sessions that were not changed. Default `true`, which is deprecated. */
  resave?: boolean | undefined;
  /** Whether to send the cookie with every response. Default `false`. */
  rolling?: boolean | undefined;
  /**
   * Whether to store new sessions that nothing was put into. Default `true`, which is deprecated.
   */
  saveUninitialized?: boolean | undefined;
  /**
   * What becomes of a stored session when `req.session` is deleted or `null`: `'keep'` (default) or
   * `'destroy'`.
   */
  unset?: 'destroy' | 'keep' | undefined;
  /**
   * Whether the store gets SHA-256 hashes in place of ids, so that a copy of the store lets nobody
   * in. `'moving'` also finds what is there under an id, and renames it. Not in express-session.
   * Default `false`.
   */
  hashIds?: HashIds | undefined;
  /**
   * Whether the browser is told to drop the cookie when its session is destroyed. Not in
   * express-session. Default `false`.
   */
  expireCookie?: boolean | undefined;
  /**
   * How old the last touch of a session must be before the store is asked for the next one; a
   * session ends up to so much early. Not in express-session. Default 0: every request touches.
   */
  touchAfter?: Duration | undefined;
  /**
   * Whether a request counts as use of its session. One that does not moves no deadline: a poll
   * that a page makes by itself. Not in express-session. Default: each does.
   */
  isUse?: OfRequest<boolean> | undefined;
}

/** The options as they are used: checked and complete. */
export interface Settings {
  /** `undefined`: that of the request. */
  readonly secrets: readonly Secret[] | undefined;
  readonly name: string;
  readonly store: EventedStore;
  readonly proxy: boolean | undefined;
  readonly resave: boolean;
  readonly rolling: boolean;
  readonly saveUninitialized: boolean;
  readonly unset: 'destroy' | 'keep';
  readonly hashIds: HashIds;
  readonly expireCookie: boolean;
  /** In milliseconds. */
  readonly touchAfter: number;
  isUse(request: IncomingRequest): boolean;
  generateId(request: IncomingRequest): string | Promise<string>;
  /** The attributes for one request, before what is `'auto'` is decided. */
  cookieOptions(request: IncomingRequest): CookieOptions;
  isSecure(request: IncomingRequest): boolean;
}

/**
 * Checks the options and fills in the defaults. Errors are those of express-session, where it has
 * one.
 * @throws {TypeError} `genid`, `unset` or a list of secrets is not usable.
 * @throws `invalid-option` for a store that is none.
 */
export function readOptions(options?: SessionOptions | null): Settings {
  const { proxy, resave = true, rolling, saveUninitialized = true, secret } = options ?? {};
  // What is null or empty counts as absent, as ever.
  const genid = options?.genid || randomId;
  const cookie = options?.cookie || {};
  const unset = options?.unset || 'keep';
  if (typeof genid !== 'function') throw new TypeError('genid option must be a function');
  if (options?.resave === undefined) deprecate('undefined resave option; provide resave option');
  if (options?.saveUninitialized === undefined)
    deprecate('undefined saveUninitialized option; provide saveUninitialized option');
  if (unset !== 'destroy' && unset !== 'keep')
    throw new TypeError('unset option must be "destroy" or "keep"');
  if (typeof cookie !== 'function') checkCookie(cookie);
  const secrets = readSecrets(secret);
  if (secrets !== undefined) warnOfPlaceholders(secrets, 'secret');
  else deprecate('req.secret; provide secret option');

  return {
    secrets,
    name: options?.name || options?.key || 'connect.sid',
    store: readStore(options?.store),
    proxy,
    resave: Boolean(resave),
    rolling: Boolean(rolling),
    saveUninitialized: Boolean(saveUninitialized),
    unset,
    hashIds: readHashIds(options?.hashIds),
    expireCookie: Boolean(options?.expireCookie),
    touchAfter: options?.touchAfter ? milliseconds(options.touchAfter, 'touchAfter') : 0,
    isUse: options?.isUse ?? (() => true),
    generateId: genid,
    cookieOptions: typeof cookie === 'function' ? cookie : () => cookie,
    isSecure: (request) => isSecure(request, proxy),
  };
}

/** Puts a new session with an id on a request. */
export function newSession(request: VisitRequest, settings: Settings, id: string): Session {
  request.sessionID = id;
  const session = new Session(request as never);
  session.cookie = newCookie(request, settings);
  request.session = session;
  return session;
}

/** The cookie of a new session. */
export function newCookie(request: IncomingRequest, { cookieOptions, isSecure }: Settings): Cookie {
  const options = cookieOptions(request);
  const cookie = new Cookie(options);
  if (options.secure === 'auto') cookie.secure = isSecure(request);
  if (options.sameSite === 'auto') cookie.sameSite = isSecure(request) ? 'none' : 'lax';
  return cookie;
}

/**
 * @throws {TypeError} `maxAge` or `expires` cannot be sent.
 */
function checkCookie(options: CookieOptions): void {
  const { expires } = new Cookie(options);
  if (expires === undefined || expires === null) return;
  if (!(expires instanceof Date) || Number.isNaN(expires.getTime()))
    throw new TypeError('option expires is invalid');
}

/** @throws `invalid-option`. */
function readHashIds(hashIds: HashIds | undefined): HashIds {
  if (hashIds === 'moving' || typeof (hashIds ?? false) === 'boolean') return hashIds ?? false;
  throw new SessionError('invalid-option', "hashIds is neither true, false nor 'moving'.");
}

function readSecrets(
  secret: Secret | readonly Secret[] | undefined,
): readonly Secret[] | undefined {
  if (!secret) return undefined;
  if (!Array.isArray(secret)) return [secret as Secret];
  if (secret.length === 0)
    throw new TypeError('secret option array must contain one or more strings');
  return secret;
}

function readStore(store: AnyConnectStore | SessionStore | undefined): EventedStore {
  if (!store) return readStore(new MemoryStore());
  if ('read' in store && typeof store.read === 'function') return toConnect(store);
  const given = store as EventedStore;
  if (typeof given.get !== 'function' || typeof given.on !== 'function') {
    throw new SessionError(
      'invalid-option',
      'store is not a session store. Give one made for express-session, or one of Sojourn.',
    );
  }
  if (given instanceof MemoryStore && process.env.NODE_ENV === 'production') {
    process.emitWarning(
      'The MemoryStore is for development: it grows until the process ends, and no other process has its sessions. Set store.',
    );
  }
  return given;
}

function randomId(): string {
  const bytes = Buffer.alloc(24);
  fillRandom(bytes);
  return bytes.toString('base64url');
}
