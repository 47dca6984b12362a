import { inspect } from 'node:util';
import type { Codec } from '../codecs/codec.js';
import type { CookieOptions } from '../http/cookie-options.js';
import type { Transport } from '../http/transport.js';
import type { SessionStore } from '../stores/contract.js';
import { SessionError } from './errors.js';
import { type Duration, milliseconds } from './expiry.js';
import { refuseUnknown } from './known-options.js';
import type { NewcomerRules } from './newcomer.js';
import type { SessionLimit } from './options.js';
import type { Predecessor } from './predecessor.js';

/**
 * One check for each kind of option. All throw `invalid-option` with the name of the option and
 * what to write instead.
 */

const PREFIX = /^__(?:host-http|host|secure|http)-/i;

export const MAX_TIMER: number = 2 ** 31 - 1;

export function checkStore(store: unknown): asserts store is SessionStore {
  if (!hasVerbs(store, ['read', 'create', 'update'])) throw invalidOption(adviceOnStore(store));
}

function adviceOnStore(store: unknown): string {
  const advice = "Give a store, for example memoryStore() from 'sojourn/stores/memory'.";
  if (store === undefined || store === null) return `store is not set. ${advice}`;
  if (typeof store === 'string' && /^[a-z]+$/.test(store))
    return `store is '${store}'. Import its factory: import { ${store}Store } from 'sojourn/stores/${store}'.`;
  if (typeof store === 'function')
    return `store is a function. Call it: store: ${store.name || 'yourFactory'}().`;
  if (hasVerbs(store, ['then'])) return 'store is a promise. Await it: store: await yourFactory().';
  if (hasVerbs(store, ['get', 'set', 'destroy']))
    return "store is one for express-session. Wrap it: fromConnect(store) of 'sojourn/bridges/connect'.";
  return `store is not a session store. ${advice}`;
}

export function readTransport(transport: Transport): Transport {
  if (hasVerbs(transport, ['receive'])) return transport;
  throw invalidOption(
    `transport is ${inspect(transport, { depth: 0 })}. Give one, for example headerTransport('x-session'), or leave it out for a cookie.`,
  );
}

export function readInherit(
  predecessors: readonly Predecessor[],
  { vary, name }: Transport,
  { secure = true, name: given }: CookieOptions = {},
): readonly Predecessor[] {
  if (!Array.isArray(predecessors) || !predecessors.every((one) => hasVerbs(one, ['open']))) {
    throw invalidOption(
      "inherit is no list of systems. Give one, for example [fromIronSession({ ... })] of 'sojourn/bridges/iron-session'.",
    );
  }
  if (predecessors.length > 0 && vary !== 'Cookie')
    throw invalidOption(
      'inherit reads cookies, and this transport has none. Leave one of them out.',
    );
  // A cookie of ours that is always secure has the name as it is given, or one with a prefix.
  const isApart = (cookie: string): boolean => secure === true && given !== name && cookie === name;
  const taken = predecessors.find(
    ({ cookieName }) => cookieName.replace(PREFIX, '') === name && !isApart(cookieName),
  );
  if (taken === undefined) return [...predecessors];
  throw invalidOption(
    `The cookie '${taken.cookieName}' of ${taken.name} has the name of the session's own. Set cookie.name to another one.`,
  );
}

export function readCodec(codec: Codec): Codec {
  if (hasVerbs(codec, ['encode', 'decode'])) return codec;
  throw invalidOption(
    `codec is ${inspect(codec, { depth: 0 })}. Give one, for example richCodec(), or leave it out for JSON.`,
  );
}

export function readDataSchema<Schema extends object>(
  data: Schema | undefined,
): Schema | undefined {
  if (data === undefined || hasVerbs(data, ['create'])) return data;
  throw invalidOption(
    'data is no data schema. Give dataSchema(schema), imported from sojourn/schema.',
  );
}

export function readClock(now: () => number): () => number {
  if (typeof now === 'function') return now;
  throw invalidOption('now is not a function. Give one that returns epoch milliseconds: Date.now.');
}

export function readFlag(option: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidOption(`${option} is ${inspect(value)}. It is true or false.`);
}

export function readChoice<Choice extends string>(
  option: string,
  value: Choice,
  choices: readonly Choice[],
): Choice {
  if (choices.includes(value)) return value;
  const names = choices.map((choice) => `'${choice}'`).join(' or ');
  throw invalidOption(`${option} is ${inspect(value)}. It is ${names}.`);
}

export function readStoreTimeout(storeTimeout: Duration): number {
  const timeout = milliseconds(storeTimeout, 'storeTimeout');
  // A longer one would overflow Node's timers, which then fire at once.
  if (timeout > MAX_TIMER)
    throw invalidOption(`storeTimeout is ${inspect(storeTimeout)}. Give at most '24d'.`);
  return timeout;
}

export function readTrustProxy(trustProxy: boolean | number): number {
  const count = Number(trustProxy);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw invalidOption(
    `trustProxy is ${inspect(trustProxy)}. Give the number of proxies in front of this server, or true for one.`,
  );
}

export function readSessionLimit(
  limit: SessionLimit | undefined,
  store: SessionStore | undefined,
): Required<SessionLimit> | undefined {
  if (limit === undefined) return undefined;
  if (store?.byUser === undefined) {
    throw invalidOption(
      'sessionsPerUser needs a store that finds the sessions of a user. Use one with byUser, for example sqliteStore().',
    );
  }
  if (typeof limit !== 'object' || limit === null)
    throw invalidOption(`sessionsPerUser is ${inspect(limit)}. Give an object: { max: 5 }.`);
  refuseUnknown(limit, ['max', 'surplus'], 'sessionsPerUser');
  const { max, surplus = 'endOldest' } = limit;
  if (!Number.isSafeInteger(max) || max < 1)
    throw invalidOption(`sessionsPerUser.max is ${inspect(max)}. Give a whole number from 1 on.`);
  const choices = ['endOldest', 'refuse'] as const;
  return { max, surplus: readChoice('sessionsPerUser.surplus', surplus, choices) };
}

export function readCacheControl(value: string | false): string | false {
  if (value === false || (typeof value === 'string' && /^[\w=", -]+$/.test(value))) return value;
  throw invalidOption(
    `cacheControl is ${inspect(value)}. Give the value of the header, or false for none.`,
  );
}

const SITE_DATA = ['cache', 'cookies', 'storage', 'executionContexts'] as const;

/** What the header `Clear-Site-Data` can name. */
export type SiteData = (typeof SITE_DATA)[number];

export function readClearSiteData(value: boolean | readonly SiteData[]): readonly SiteData[] {
  if (typeof value === 'boolean') return value ? SITE_DATA.slice(0, 3) : [];
  if (Array.isArray(value) && value.every((data) => SITE_DATA.includes(data))) return [...value];
  const names = SITE_DATA.map((data) => `'${data}'`).join(', ');
  throw invalidOption(
    `clearSiteData is ${inspect(value)}. Give true, false, or a list of these: ${names}.`,
  );
}

export function readMaxLength(maxLength: number): number {
  if (Number.isSafeInteger(maxLength) && maxLength >= 1) return maxLength;
  throw invalidOption(`maxLength is ${inspect(maxLength)}. Give a whole number of characters.`);
}

export function invalidOption(message: string): SessionError {
  return new SessionError('invalid-option', message);
}

function hasVerbs(value: unknown, verbs: readonly string[]): boolean {
  const known = (value ?? {}) as Readonly<Record<string, unknown>>;
  return verbs.every((verb) => typeof known[verb] === 'function');
}

/** @throws `invalid-option` for what `newcomers()` did not make, and without a store. */
export function readNewcomers(
  newcomers: NewcomerRules | undefined,
  store: SessionStore | undefined,
): NewcomerRules | undefined {
  if (newcomers === undefined || (hasVerbs(newcomers, ['admit']) && store !== undefined))
    return newcomers;
  throw invalidOption('newcomers is what newcomers() of sojourn/newcomers gives, and for a store.');
}
