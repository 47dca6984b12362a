import type { Codec } from '../codecs/codec.js';
import { jsonCodec } from '../codecs/json.js';
import { type CookieOptions, cookieTransport } from '../http/cookie.js';
import type { Transport } from '../http/transport.js';
import { createSealer } from '../keys/seal.js';
import { checkSecrets } from '../keys/secrets.js';
import { tokenSigner } from '../keys/token.js';
import { type CookieSessions, isCookieSessions } from '../sealed/cookie-sessions.js';
import { type Revocations, revocationsIn } from '../sealed/revocations.js';
import { withDeadline } from '../stores/contract/deadline.js';
import { withSharedReads } from '../stores/contract/shared-reads.js';
import type { SessionStore } from '../stores/contract.js';
import { SessionError } from './errors.js';
import { type Clocks, type Duration, defaultTouchAfter, milliseconds } from './expiry.js';
import { type Persistence, sealedSessions, storedSessions } from './persistence.js';

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
   * one in front, and drop the old one after `lifetime`. `cookieSessions()` seals with it and needs
   * it.
   */
  secret?: string | readonly string[] | undefined;
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
  /** The cookie's name and attributes. */
  cookie?: CookieOptions | undefined;
  /**
   * How the token travels. Default a cookie; `headerTransport('x-session')` for clients that keep
   * it themselves.
   */
  transport?: Transport | undefined;
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
   * How long one call of the store may take. Default `'2s'`. `prune` and `destroyAll`, which walk
   * the whole store, have no limit.
   */
  storeTimeout?: Duration | undefined;
  /**
   * What a request gets when its session cannot be read: `'fail'` (default) refuses it with status
   * 503; `'anonymous'` serves it with an empty, read-only session, for pages that are public
   * anyway. Writes always fail.
   */
  onStoreError?: 'fail' | 'anonymous' | undefined;
  /** The longest encoded data of one session, in characters. Default 1,048,576. */
  maxLength?: number | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** The options as the core reads them: checked, complete and frozen. */
export interface Settings {
  /** `undefined` when sessions are in their cookies. */
  readonly store: SessionStore | undefined;
  readonly revocations: Revocations | undefined;
  readonly persistence: Persistence;
  readonly codec: Codec;
  readonly clocks: Clocks;
  readonly rotateAfter: number | undefined;
  readonly rotationOverlap: number;
  readonly transport: Transport;
  readonly trustedProxies: number;
  readonly clientFacts: boolean;
  readonly onStoreError: 'fail' | 'anonymous';
  readonly maxLength: number;
  /** In milliseconds, as all durations here. */
  readonly storeTimeout: number;
  readonly now: () => number;
}

const MAX_TIMER = 2 ** 31 - 1;
const MAX_COOKIE_AGE = milliseconds('400d', 'lifetime');

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
  cookie: true,
  transport: true,
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
export function readOptions(options: SessionOptions): Settings {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(KNOWN, name))
      throw invalidOption(
        `There is no option '${name}'. The options are: ${Object.keys(KNOWN).join(', ')}.`,
      );
  }
  if (options.cookie !== undefined && options.transport !== undefined) {
    throw invalidOption(
      'cookie and transport are both set. Leave out cookie: the transport decides how the token travels.',
    );
  }
  const idleTimeout = milliseconds(options.idleTimeout ?? '2h', 'idleTimeout');
  const rotateAfter =
    options.rotateAfter === undefined
      ? undefined
      : milliseconds(options.rotateAfter, 'rotateAfter');
  const now = options.now ?? Date.now;
  const transport = options.transport ?? cookieTransport(options.cookie ?? {}, now);
  const lifetime = milliseconds(options.lifetime ?? '30d', 'lifetime');
  if (transport.persistent && lifetime > MAX_COOKIE_AGE) {
    process.emitWarning(
      'lifetime is above 400 days, the longest that browsers keep a cookie (RFC 6265bis section 5.5).',
    );
  }
  const storeTimeout = readStoreTimeout(options.storeTimeout ?? '2s');
  return Object.freeze({
    ...readPlace(options, { transport, lifetime, storeTimeout, now }),
    storeTimeout,
    codec: options.codec ?? jsonCodec(),
    clocks: Object.freeze({
      idleTimeout,
      lifetime,
      touchAfter:
        options.touchAfter === undefined
          ? defaultTouchAfter(idleTimeout)
          : milliseconds(options.touchAfter, 'touchAfter'),
    }),
    rotateAfter,
    rotationOverlap: milliseconds(options.rotationOverlap ?? '30s', 'rotationOverlap'),
    transport,
    trustedProxies: readTrustProxy(options.trustProxy ?? false),
    clientFacts: options.clientFacts ?? false,
    onStoreError: readOnStoreError(options.onStoreError ?? 'fail'),
    maxLength: readMaxLength(options.maxLength ?? 1_048_576),
    now,
  });
}

function readPlace(
  { store, secret, encrypt = false, rotateAfter }: SessionOptions,
  {
    transport,
    lifetime,
    storeTimeout,
    now,
  }: Pick<Settings, 'transport' | 'storeTimeout' | 'now'> & { lifetime: number },
): Pick<Settings, 'store' | 'revocations' | 'persistence'> {
  const guarded = (any: SessionStore): SessionStore =>
    withSharedReads(withDeadline(any, storeTimeout));

  if (isCookieSessions(store)) {
    if (encrypt)
      throw invalidOption('encrypt is for stores. Leave it out: cookieSessions() always encrypts.');
    if (rotateAfter !== undefined) {
      throw invalidOption(
        'rotateAfter needs a store. Leave it out: a sealed token is a new one after every change.',
      );
    }
    const revocations =
      store.revocations &&
      revocationsIn(store.revocations, guarded(store.revocations), lifetime, now);
    const sealer = createSealer(checkSecrets(secret, 'secret'), 'token', store.compress);
    return {
      store: undefined,
      revocations,
      persistence: sealedSessions(sealer, transport.name, revocations),
    };
  }
  if (typeof store?.read !== 'function') {
    throw invalidOption(
      "store is not set. Give a store, for example memoryStore() from 'sojourn/stores/memory'.",
    );
  }
  const secrets = secret === undefined && !encrypt ? undefined : checkSecrets(secret, 'secret');
  const persistence = storedSessions(
    guarded(store),
    secrets && tokenSigner(secrets),
    encrypt && secrets !== undefined ? createSealer(secrets, 'record') : undefined,
  );
  return { store, revocations: undefined, persistence };
}

function readStoreTimeout(storeTimeout: Duration): number {
  const timeout = milliseconds(storeTimeout, 'storeTimeout');
  // A longer one would overflow Node's timers, which then fire at once.
  if (timeout > MAX_TIMER)
    throw invalidOption(`storeTimeout is ${JSON.stringify(storeTimeout)}. Give at most '24d'.`);
  return timeout;
}

function readTrustProxy(trustProxy: boolean | number): number {
  const count = Number(trustProxy);
  if (!Number.isSafeInteger(count) || count < 0) {
    throw invalidOption(
      `trustProxy is ${JSON.stringify(trustProxy)}. Give the number of proxies in front of this server, or true for one.`,
    );
  }
  return count;
}

function readOnStoreError(policy: string): 'fail' | 'anonymous' {
  if (policy !== 'fail' && policy !== 'anonymous')
    throw invalidOption(`onStoreError is ${JSON.stringify(policy)}. It is 'fail' or 'anonymous'.`);
  return policy;
}

function readMaxLength(maxLength: number): number {
  if (!Number.isSafeInteger(maxLength) || maxLength < 1)
    throw invalidOption(`maxLength is ${String(maxLength)}. Give a whole number of characters.`);
  return maxLength;
}

function invalidOption(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
