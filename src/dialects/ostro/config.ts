import { inspect } from 'node:util';
import type { SessionConfig } from '../../config/config.js';
import { SessionError } from '../../core/errors.js';
import { milliseconds } from '../../core/internal.js';
import { checkSecrets } from '../../keys/secrets.js';

type Switch = boolean | 'true' | 'false' | null;

/**
 * The content of OstroJS's `config/session.js`, under the same names. Every key may be absent or
 * null.
 */
export interface OstroConfig {
  /**
   * `'file'` (default), `'memory'`, `'database'`, `'cache.redis'`, `'cache.memcached'` and so on,
   * or a name that you gave to `extend`.
   */
  driver?: string | null | undefined;
  /** How many minutes a session lives without a request. Default 120. */
  lifetime?: number | string | null | undefined;
  /** Whether the browser deletes the cookie when it is closed. Default false. */
  expire_on_close?: Switch | undefined;
  /** Encrypts the stored data with `key`. Default false. */
  encrypt?: Switch | undefined;
  /**
   * The key of the application, 32 bytes or more. With it the cookie carries a MAC. Default none:
   * the cookie cannot be guessed without a MAC either.
   */
  key?: string | readonly string[] | null | undefined;
  /** The folder of the driver `'file'`. Default `'storage/framework/sessions'`. */
  files?: string | null | undefined;
  /**
   * The URL of the database or cache: `'postgres://...'`, `'redis://...'`. The driver `'database'`
   * needs it.
   */
  connection?: string | null | undefined;
  /** The table of the driver `'database'`. Default `'sessions'`. */
  table?: string | null | undefined;
  /** The cache of the driver `'cache'`: `'redis'`, `'memcached'` and so on. */
  store?: string | null | undefined;
  /**
   * The odds that a request deletes expired sessions. Default `[2, 100]`, unless the backend
   * deletes them by itself.
   */
  lottery?: readonly [wins: number, draws: number] | null | undefined;
  /** The name of the cookie. Default `'ostro_session'`. */
  cookie?: string | null | undefined;
  path?: string | null | undefined;
  domain?: string | null | undefined;
  /** Whether the cookie is sent over https only. Default: whether the request came over https. */
  secure?: Switch | undefined;
  http_only?: Switch | undefined;
  same_site?: 'lax' | 'strict' | 'none' | null | undefined;
  partitioned?: Switch | undefined;
  /**
   * Whether every request stores the whole session. Default false. The deadline moves in both
   * cases.
   */
  resave?: Switch | undefined;
  /** Whether a visitor without data gets a session too. Default true. */
  saveUninitialized?: Switch | undefined;
  /** How many proxies are in front of the server. Default none. */
  trustProxy?: boolean | number | null | undefined;
}

/** The configuration without nulls. */
type Given = { readonly [Key in keyof OstroConfig]: Exclude<OstroConfig[Key], null> };

/** The configuration, read. */
export interface OstroSettings {
  readonly config: SessionConfig;
  readonly resave: boolean;
  readonly saveUninitialized: boolean;
}

const KNOWN: Readonly<Record<keyof OstroConfig | 'signed', true>> = {
  driver: true,
  lifetime: true,
  expire_on_close: true,
  encrypt: true,
  key: true,
  files: true,
  connection: true,
  table: true,
  store: true,
  lottery: true,
  cookie: true,
  path: true,
  domain: true,
  secure: true,
  http_only: true,
  same_site: true,
  partitioned: true,
  resave: true,
  saveUninitialized: true,
  trustProxy: true,
  // Keys of OstroJS's skeleton. They choose nothing about the cookie.
  signed: true,
};

/**
 * The longest that a session lives even when it is in use, unless its idle time is longer. In
 * milliseconds.
 */
const LONGEST = milliseconds('30d', 'lifetime');

/**
 * Reads a `config/session.js`.
 * @throws `invalid-option` naming the key and what to write instead.
 */
export function readOstroConfig(given: OstroConfig): OstroSettings {
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(KNOWN, key));
  if (unknown !== undefined)
    throw invalid(`There is no key '${unknown}'. The keys are: ${Object.keys(KNOWN).join(', ')}.`);
  const config = withoutNulls(given);
  const { driver = 'file', key, lifetime = 120, lottery, path, domain, trustProxy } = config;
  const idleTimeout = minutes(lifetime);
  const encrypt = isOn(config, 'encrypt', false);
  if (encrypt && key === undefined)
    throw invalid('encrypt needs a key. Give the key of the application.');
  return {
    config: {
      ...placeOf(config, driver),
      secret: key === undefined ? undefined : checkSecrets(key, 'key'),
      encrypt,
      idleTimeout: `${idleTimeout}ms`,
      lifetime: `${Math.max(idleTimeout, LONGEST)}ms`,
      persistent: !isOn(config, 'expire_on_close', false),
      lottery,
      cookie: config.cookie ?? 'ostro_session',
      path,
      domain,
      secure: config.secure === undefined ? 'auto' : isOn(config, 'secure', false),
      httpOnly: isOn(config, 'http_only', true),
      sameSite: config.same_site,
      partitioned: isOn(config, 'partitioned', false),
      trustProxy,
    },
    resave: isOn(config, 'resave', false),
    saveUninitialized: isOn(config, 'saveUninitialized', true),
  };
}

function withoutNulls(config: OstroConfig): Given {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

/** Where the sessions are. A cache is its backend. */
function placeOf(
  config: Given,
  driver: string,
): Pick<SessionConfig, 'driver' | 'connection' | 'files' | 'table'> {
  const { connection } = config;
  if (driver === 'cache' || driver.startsWith('cache.')) {
    const cache = driver.slice('cache.'.length) || config.store;
    if (!cache) throw invalid("driver is 'cache'. Say which one in store, or write 'cache.redis'.");
    return placeOf(config, cache);
  }
  if (driver === 'file') return { driver, files: config.files ?? 'storage/framework/sessions' };
  if (driver === 'memory' || driver === 'array') return { driver: 'memory' };
  if (driver === 'database') {
    if (connection === undefined) {
      throw invalid(
        "driver is 'database'. Give its URL in connection, such as 'postgres://user:password@host/database'.",
      );
    }
    return { connection, table: config.table };
  }
  return { driver, connection };
}

function minutes(lifetime: number | string): number {
  const number = Number(lifetime);
  if (!(number > 0)) throw invalid(`lifetime is ${inspect(lifetime)}. Give minutes, such as 120.`);
  return number * 60_000;
}

function isOn(config: Given, key: keyof OstroConfig, otherwise: boolean): boolean {
  const value: unknown = config[key] ?? otherwise;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw invalid(`${key} is ${inspect(value)}. Give true or false.`);
}

function invalid(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
