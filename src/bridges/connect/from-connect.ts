import { textCodec } from '../../codecs/text.js';
import { SessionError } from '../../core/errors.js';
import { isKey, SessionData } from '../../core/internal.js';
import { checkOptions } from '../../stores/contract/options.js';
import { refusedClient } from '../../stores/contract/refused-client.js';
import type { SessionStore } from '../../stores/contract.js';
import { type KeptRecord, keyValueStore } from '../key-value/store.js';
import { type AnyConnectStore, askStore, callStore, getSession } from './contract.js';
import { Cookie } from './cookie.js';

/** The facts beside the values, under the only key that is ours. */
interface Beside extends Omit<KeptRecord, 'data'> {
  readonly key: string;
  /**
   * The encoded data, when its values cannot be shown as properties. Otherwise the fields below
   * hold the facts beside the values.
   */
  readonly data?: string;
  readonly keys?: readonly string[];
  readonly writers?: readonly string[];
  readonly flash?: readonly (readonly [string, string])[];
  readonly facts?: SessionData['facts'];
}

const BESIDE = '__sojourn';
/** Ten years in milliseconds: a cookie for a store must expire within the range of dates. */
const MAX_AGE = 315_360_000_000;

/** Options of {@link fromConnect}. */
export interface FromConnectOptions {
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Keeps sessions in any store made for express-session. The data of a session is stored as plain
 * values, so that other tools can read them. Its guarantees hold within one process, and for one
 * `fromConnect` on a store. Such stores write without comparing, so other processes can undo
 * acknowledged changes, or bring back ended sessions.
 * @throws `invalid-option` when `store` is not a store for express-session.
 */
export function fromConnect(
  store: AnyConnectStore,
  options: FromConnectOptions = {},
): SessionStore<string> {
  if (
    typeof store?.get !== 'function' ||
    typeof store.set !== 'function' ||
    typeof store.destroy !== 'function'
  ) {
    const advice = 'Give a store made for express-session: it has get, set and destroy.';
    throw refusedClient('fromConnect', 'store', store, advice);
  }
  checkOptions('fromConnect', options, ['now']);
  const { now = Date.now } = options;
  return keyValueStore(
    {
      name: 'connect',

      async get(key) {
        const session = await getSession(store, key);
        return session && toKept(session);
      },

      // Until it is answered: a write that lands late has to be known.
      async set(key, kept, ttl) {
        // By the clock of the store, which `now` need not be.
        const cookie = new Cookie({ maxAge: Math.min(ttl, MAX_AGE) });
        await askStore(store, 'set', key, { cookie, ...toValues(key, kept) });
      },

      async delete(key) {
        await askStore(store, 'destroy', key);
      },

      keys:
        typeof store.all !== 'function'
          ? undefined
          : async () => keysOf(await callStore(store, 'all')),
    },
    now,
  );
}

/**
 * The keys of our sessions among all keys of a store.
 * @throws `unsupported` when the store returns something else, since it would seem to have no
 * sessions.
 */
function keysOf(all: unknown): string[] {
  return Object.values((all ?? {}) as Record<string, unknown>).flatMap((entry) => {
    const session = sessionIn(entry);
    if (typeof entry === 'object' && entry !== null && !('cookie' in (session ?? {})))
      throw new SessionError(
        'unsupported',
        "The store's `all` returns no sessions, so they cannot be listed or found by user. Use a store whose `all` returns them.",
      );
    const beside = session?.[BESIDE];
    return typeof beside?.key === 'string' ? [beside.key] : [];
  });
}

/** The session in an entry that a store lists: better-sqlite3-session-store lists its rows. */
function sessionIn(entry: unknown): Record<string, Beside> | undefined {
  const { sess } = Object(entry) as { sess?: unknown };
  if (typeof sess !== 'string') return Object(entry);
  try {
    return Object(JSON.parse(sess));
  } catch {
    return undefined;
  }
}

function toValues(key: string, kept: KeptRecord): Record<string, unknown> {
  const { data, ...record } = kept;
  const shown = show(key, record, data);
  return shown !== undefined && toKept(shown)?.data === data
    ? shown
    : { [BESIDE]: { ...record, key, data } satisfies Beside };
}

/** The values as properties; `undefined` for data that is encrypted, or not made by the core. */
function show(
  key: string,
  record: Omit<KeptRecord, 'data'>,
  text: string,
): Record<string, unknown> | undefined {
  try {
    const data = SessionData.decode(text, textCodec);
    const { writers, flash, facts } = data;
    const keys = [...data.keys()];
    if (keys.includes('cookie') || keys.includes(BESIDE)) return undefined;
    const values = keys.map((name) => [name, JSON.parse(data.get(name) as string)]);
    const beside: Beside = {
      ...record,
      key,
      keys,
      writers,
      flash: [...flash],
      facts,
    };
    return { ...Object.fromEntries(values), [BESIDE]: beside };
  } catch {
    return undefined;
  }
}

function toKept(session: Record<string, unknown>): KeptRecord | undefined {
  const beside = session[BESIDE] as Beside | undefined;
  if (typeof beside !== 'object' || beside === null) return undefined;
  const { key: _, data, keys, writers, flash, facts, ...record } = beside;
  if (data !== undefined) return { ...record, data };
  const values = new SessionData(textCodec);
  for (const name of keys ?? [])
    if (isKey(name) && name in session) values.set(name, JSON.stringify(session[name]));
  for (const [name, commit] of flash ?? []) values.flash.set(name, commit);
  values.writers = writers ?? [];
  values.facts = facts ?? values.facts;
  return { ...record, data: values.encode() };
}
