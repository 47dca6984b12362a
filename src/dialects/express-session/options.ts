import type { AnyConnectStore } from '../../bridges/connect/contract.js';
import { Cookie, type CookieOptions } from '../../bridges/connect/cookie.js';
import { deprecate } from '../../bridges/connect/deprecate.js';
import { MemoryStore } from '../../bridges/connect/memory-store.js';
import { Session } from '../../bridges/connect/session.js';
import { toConnect } from '../../bridges/connect/to-connect.js';
import { SessionError } from '../../core/errors.js';
import { fillRandom } from '../../keys/random.js';
import type { SessionStore } from '../../stores/contract.js';
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
  store?: EventedStore | SessionStore | undefined;
  /**
   * Makes the id of a new session. Default 24 random bytes. Ids must differ: an id that is taken
   * takes the session over.
   */
  genid?: OfRequest<string> | undefined;
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
  generateId(request: IncomingRequest): string;
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
  const secrets = readSecrets(secret);
  if (secrets === undefined) deprecate('req.secret; provide secret option');

  return {
    secrets,
    name: options?.name || options?.key || 'connect.sid',
    store: readStore(options?.store),
    proxy,
    resave: Boolean(resave),
    rolling: Boolean(rolling),
    saveUninitialized: Boolean(saveUninitialized),
    unset,
    generateId: genid,
    cookieOptions: typeof cookie === 'function' ? cookie : () => cookie,
    isSecure: (request) => isSecure(request, proxy),
  };
}

/** Puts a new session on a request. */
export function newSession(
  request: VisitRequest,
  { generateId, cookieOptions, isSecure }: Settings,
): Session {
  request.sessionID = generateId(request);
  const session = new Session(request as never);
  const options = cookieOptions(request);
  const cookie = new Cookie(options);
  if (options.secure === 'auto') cookie.secure = isSecure(request);
  if (options.sameSite === 'auto') cookie.sameSite = isSecure(request) ? 'none' : 'lax';
  session.cookie = cookie;
  request.session = session;
  return session;
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

function readStore(store: EventedStore | SessionStore | undefined): EventedStore {
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
