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

/** A function of a request, whose type depends on the framework. */
type OfRequest<Result> = { of(request: IncomingRequest): Result }['of'];

/** A store made for express-session: anything that extends `session.Store`. */
export interface EventedStore extends AnyConnectStore {
  on(event: 'connect' | 'disconnect', listener: () => void): unknown;
  generate?: ((request: never) => void) | undefined;
}

/** Options of `session()`: those of express-session, with its defaults. */
export interface SessionOptions {
  /**
   * The secrets that sign the cookie. The first one signs; signatures of all are accepted. Default
   * `req.secret`, which is deprecated.
   */
  secret?: Secret | readonly Secret[] | undefined;
  /** The cookie's name. Default `connect.sid`. */
  name?: string | undefined;
  /** Another name for `name`, which wins. */
  key?: string | undefined;
  /**
   * A store made for express-session, or any Sojourn store. Default a new `MemoryStore`, which is
   * for development.
   */
  store?: AnyConnectStore | SessionStore | undefined;
  /**
   * Returns the id of a new session, or a promise of it. Default 24 random bytes. Ids must be
   * unique: a new session with an id in use takes over the session of that id.
   */
  genid?: OfRequest<string | Promise<string>> | undefined;
  /**
   * Attributes of the cookie, or a function of the request. Default `{ path: '/', httpOnly: true,
   * secure: false, maxAge: null }`.
   */
  cookie?: CookieOptions | OfRequest<CookieOptions> | undefined;
  /**
   * Whether `X-Forwarded-Proto` decides if the connection is secure. Default: Express's `trust
   * proxy` decides.
   */
  proxy?: boolean | undefined;
  /** Whether to store sessions that were not changed. Default `true`, which is deprecated. */
  resave?: boolean | undefined;
  /** Whether to send the cookie with every response. Default `false`. */
  rolling?: boolean | undefined;
  /** Whether to store new sessions without data. Default `true`, which is deprecated. */
  saveUninitialized?: boolean | undefined;
  /**
   * What happens to a stored session when `req.session` is deleted or set to `null`: `'keep'`
   * (default) or `'destroy'`.
   */
  unset?: 'destroy' | 'keep' | undefined;
  /**
   * Whether the store gets SHA-256 hashes instead of ids, so that nobody can use a copy of the
   * store to take over sessions. `'moving'` also finds sessions that are stored under their id, and
   * renames them. Not in express-session. Default `false`.
   */
  hashIds?: HashIds | undefined;
  /**
   * Whether the response deletes the cookie in the browser when its session is destroyed. Not in
   * express-session. Default `false`.
   */
  expireCookie?: boolean | undefined;
  /**
   * A request touches the session in the store only when the last touch is at least this old. A
   * session may then end earlier by up to this time. Not in express-session. Default 0: every
   * request touches.
   */
  touchAfter?: Duration | undefined;
  /**
   * Whether a request counts as use of its session. If not, the request moves no deadline: for
   * polls that a page sends by itself. Not in express-session. Default: every request counts.
   */
  isUse?: OfRequest<boolean> | undefined;
}

/** The options, checked and complete. */
export interface Settings {
  /** `undefined` means the secret of the request. */
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
  /** The attributes for one request, before `'auto'` is decided. */
  cookieOptions(request: IncomingRequest): CookieOptions;
  isSecure(request: IncomingRequest): boolean;
}

/**
 * Checks the options and fills in the defaults. Where express-session throws an error, it is the
 * same error.
 * @throws {TypeError} When `genid`, `unset` or a list of secrets is not usable.
 * @throws `invalid-option` when `store` is not a store.
 */
export function readOptions(options?: SessionOptions | null): Settings {
  const { proxy, resave = true, rolling, saveUninitialized = true, secret } = options ?? {};
  // Null and empty values count as absent, as in express-session.
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

/** @throws {TypeError} When `maxAge` or `expires` cannot be sent. */
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
      'The MemoryStore is for development: it grows until the process ends, and other processes do not see its sessions. Set store.',
    );
  }
  return given;
}

function randomId(): string {
  const bytes = Buffer.alloc(24);
  fillRandom(bytes);
  return bytes.toString('base64url');
}
