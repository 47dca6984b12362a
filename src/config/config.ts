import { SessionError } from '../core/errors.js';
import type { Duration } from '../core/expiry.js';
import type { SessionStore } from '../stores/contract.js';

/**
 * The contents of `session.config.ts`. Every key is optional. Environment variables override the
 * file. Their names are `SOJOURN_` and the key in capitals, such as `SOJOURN_CONNECTION` or
 * `SOJOURN_IDLE_TIMEOUT`; `store` has no variable.
 */
export interface SessionConfig {
  /**
   * Where sessions are kept: `'file'` (default), `'sqlite'`, `'redis'` and so on, or a name that
   * you gave to `extend`. When absent, `connection` decides.
   */
  driver?: string | undefined;
  /**
   * The address of the store, as a URL: `'sqlite:sessions.sqlite'`, `'redis://localhost:6379'`,
   * `'postgres://user:password@host/database'`.
   */
  connection?: string | undefined;
  /** The folder of the driver `'file'`. Default `'storage/sessions'`. */
  files?: string | undefined;
  /**
   * The table or collection; in a store without tables, the prefix of the keys. Default: that of
   * the store.
   */
  table?: string | undefined;
  /** Your own store, or a function that returns it, instead of `driver` and `connection`. */
  store?: SessionStore | (() => SessionStore | Promise<SessionStore>) | undefined;
  /** As in `createSessions`. In `SOJOURN_SECRET`, separate several secrets by commas. */
  secret?: string | readonly string[] | undefined;
  /** Encrypts the data in the store with `secret`. Default false. */
  encrypt?: boolean | undefined;
  /** How long a session lives without a request, as in `createSessions`. Default `'2h'`. */
  idleTimeout?: Duration | undefined;
  /** How long a session lives at most, as in `createSessions`. Default `'30d'`. */
  lifetime?: Duration | undefined;
  /** Whether the browser keeps the cookie after it is closed. Default false. */
  persistent?: boolean | undefined;
  /**
   * The odds that a request deletes expired records from the store: `[2, 100]` means 2 of 100
   * requests. Default: no lottery for stores that delete expired records by themselves, `[2, 100]`
   * for the others. With `false` nothing deletes them. With odds, an SQL store leaves the deletion
   * to the lottery.
   */
  lottery?: readonly [wins: number, draws: number] | false | undefined;
  /**
   * The cookie's name. The defaults of this and the following keys are those of `createSessions`.
   */
  cookie?: string | undefined;
  path?: string | undefined;
  domain?: string | undefined;
  secure?: boolean | 'auto' | undefined;
  httpOnly?: boolean | undefined;
  sameSite?: 'lax' | 'strict' | 'none' | undefined;
  partitioned?: boolean | undefined;
  /** How many proxies are in front of the server; `true` is one. Default false. */
  trustProxy?: boolean | number | undefined;
}

/** Returns the configuration unchanged, so that the compiler checks it. */
export function defineConfig(config: SessionConfig): SessionConfig {
  return config;
}

type ReadText = (text: string, variable: string) => unknown;

/** How each key is read from its environment variable. */
const READERS: Readonly<Record<Exclude<keyof SessionConfig, 'store'>, ReadText>> = {
  driver: asText,
  connection: asText,
  files: asText,
  table: asText,
  secret: (text) => text.split(','),
  encrypt: asBoolean,
  idleTimeout: asDuration,
  lifetime: asDuration,
  persistent: asBoolean,
  lottery: asOdds,
  cookie: asText,
  path: asText,
  domain: asText,
  secure: (text, variable) => (text === 'auto' ? text : asBoolean(text, variable)),
  httpOnly: asBoolean,
  sameSite: asText,
  partitioned: asBoolean,
  trustProxy: (text, variable) => (/^\d+$/.test(text) ? Number(text) : asBoolean(text, variable)),
};

const KEYS = [...Object.keys(READERS), 'store'];

/** Keys of version 0.1.0, and the keys to write instead. */
const FORMER_KEYS: ReadonlyMap<string, string> = new Map([
  ['absoluteLifetime', 'Write lifetime for it, and idleTimeout for the time without a request.'],
  ['expireOnClose', 'Write persistent, which says the opposite.'],
]);

/**
 * The configuration in the variables `SOJOURN_...`.
 * @throws `invalid-option` naming a variable that cannot be read.
 */
export function environmentConfig(
  environment: Readonly<Record<string, string | undefined>>,
): SessionConfig {
  const config: Record<string, unknown> = {};
  for (const [key, read] of Object.entries(READERS)) {
    const variable = variableOf(key);
    const text = environment[variable];
    if (text !== undefined && text !== '') config[key] = read(text, variable);
  }
  return config;
}

/** The variable of a key: `SOJOURN_IDLE_TIMEOUT` for `idleTimeout`. */
function variableOf(key: string): string {
  return `SOJOURN_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/**
 * Merges `above` over `below`. `driver`, `connection` and `store` of `above` replace those of
 * `below` as a whole.
 */
export function overlay(below: SessionConfig, above: SessionConfig): SessionConfig {
  const named = Object.fromEntries(
    Object.entries(above).filter(([, value]) => value !== undefined),
  );
  const { driver, connection, store, ...others } = below;
  if ('store' in named) return { ...others, ...named };
  if ('driver' in named || 'connection' in named) {
    const isSameDriver = named.driver === undefined || named.driver === driver;
    return {
      ...others,
      driver: 'connection' in named ? undefined : driver,
      connection: isSameDriver ? connection : undefined,
      ...named,
    };
  }
  return { ...below, ...named };
}

/**
 * Checks the keys; their values are checked where they are used.
 * @throws `invalid-option` naming the key and what to write instead.
 */
export function checkConfig(config: unknown): asserts config is SessionConfig {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw invalid(
      'The configuration is not an object. Write: export default defineConfig({ ... })',
    );
  }
  for (const key of Object.keys(config)) {
    if (KEYS.includes(key)) continue;
    throw invalid(`There is no key '${key}'. ${adviceOnKey(key)}`);
  }
}

function adviceOnKey(key: string): string {
  const advice = FORMER_KEYS.get(key);
  if (advice !== undefined) return advice;
  const meant = KEYS.find((known) => known.toLowerCase() === key.replaceAll('_', '').toLowerCase());
  return meant === undefined ? `The keys are: ${KEYS.join(', ')}.` : `Write ${meant}.`;
}

function asText(text: string): string {
  return text;
}

function asDuration(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function asBoolean(text: string, variable: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw invalid(`${variable} is ${JSON.stringify(text)}. Give true or false.`);
}

function asOdds(text: string, variable: string): readonly [number, number] | false {
  if (text === 'false') return false;
  const [, wins, draws] = /^(\d+),(\d+)$/.exec(text) ?? [];
  if (wins === undefined || draws === undefined)
    throw invalid(`${variable} is ${JSON.stringify(text)}. Give odds such as 2,100, or false.`);
  return [Number(wins), Number(draws)];
}

function invalid(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
