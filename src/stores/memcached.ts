import { hash, randomUUID } from 'node:crypto';
import { SessionError } from '../core/errors.js';
import { checkOption, checkOptions } from './contract/options.js';
import { refusedClient } from './contract/refused-client.js';
import { isMoved, type SessionRecord, type SessionStore } from './contract.js';
import { type MemcachedItem, type MemcachedItems, unexpectedReply } from './memcached/items.js';
import { type MemcacheClient, memcacheItems } from './memcached/memcache.js';
import { type MemjsClient, memjsItems } from './memcached/memjs.js';

export type { MemcacheClient } from './memcached/memcache.js';
export type { MemjsClient } from './memcached/memjs.js';

/** Options of {@link memcachedStore}. */
export interface MemcachedStoreOptions {
  /** A `Memcache` of the package memcache, or a `Client` of memjs. Use it for this store only. */
  readonly client: MemcacheClient | MemjsClient;
  /** The prefix of all keys: up to 200 visible ASCII characters. Default `'session:'`. */
  readonly prefix?: string | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** The content of an item, as JSON. */
interface Content {
  /**
   * Checked on reading: a client library that mixes up replies would return the session of another
   * visitor.
   */
  readonly id: string;
  readonly version: string;
  readonly record: SessionRecord;
}

const PREFIX = /^[!-~]{0,200}$/;
/**
 * The longest expiry that counts from now, in seconds; the protocol takes a greater one for a date.
 */
const LONGEST_RELATIVE = 30 * 24 * 3600;
/** The last date that the protocol knows. */
const LAST_DATE = 2 ** 31 - 1;
/** How much later than the record the item expires, in seconds. */
const GRACE = 60;

/**
 * Keeps sessions in memcached 1.6 or later. When memory is short, memcached evicts sessions that
 * were not used for long, and a restart deletes all sessions: these visitors are logged out. The
 * store has no `byUser`, `list`, `count` or `clear`. It needs no `prune`.
 * @throws `invalid-option` when `client` or `prefix` is not usable.
 */
export function memcachedStore(options: MemcachedStoreOptions): SessionStore<string> {
  checkOptions('memcachedStore', options, ['client', 'prefix', 'now'], 'client');
  const { client, prefix = 'session:', now = Date.now } = options;
  checkOption('prefix', prefix, 'string', "Give a text: 'shop:'.");
  if (!PREFIX.test(prefix)) {
    throw new SessionError(
      'invalid-option',
      `prefix is ${JSON.stringify(prefix)}. Give at most 200 visible ASCII characters.`,
    );
  }
  const items = itemsOf(client);

  function keyOf(id: string): string {
    // As UTF-16: in UTF-8 all unpaired surrogates are one character, and different ids would share
    // a key.
    return prefix + hash('sha256', Buffer.from(id, 'utf16le'), 'base64url');
  }

  /** The expiry to send: seconds from now or, beyond 30 days, a date. */
  function exptime({ expiresAt }: SessionRecord): number {
    const seconds = Math.ceil((expiresAt - now()) / 1000) + GRACE;
    if (seconds <= LONGEST_RELATIVE) return Math.max(seconds, 1);
    const date = Math.ceil(expiresAt / 1000) + GRACE;
    return date <= LAST_DATE ? date : 0;
  }

  async function find(
    id: string,
  ): Promise<{ item: MemcachedItem | undefined; live: Content | undefined }> {
    const item = await items.get(keyOf(id));
    const content = item && parse(item.value);
    if (content !== undefined && content.id !== id)
      throw unexpectedReply('get', 'the item of another key');
    return {
      item,
      live: content !== undefined && content.record.expiresAt > now() ? content : undefined,
    };
  }

  function replace(content: Content, { cas }: MemcachedItem): Promise<boolean> {
    return items.replace(keyOf(content.id), JSON.stringify(content), exptime(content.record), cas);
  }

  // A touch writes the item too, and moves its CAS unique. So the version is in the content, where
  // a touch leaves it alone; the CAS unique makes each write one step with the look before it, and
  // a write that is refused looks again.
  return {
    name: 'memcached',

    async read(id) {
      const { live } = await find(id);
      return live && { record: live.record, version: live.version };
    },

    async create(id, record) {
      const content = { id, version: randomUUID(), record };
      for (;;) {
        if (await items.add(keyOf(id), JSON.stringify(content), exptime(record)))
          return content.version;
        const { item, live } = await find(id);
        if (live !== undefined) return undefined;
        if (item !== undefined && (await replace(content, item))) return content.version;
      }
    },

    async update(id, record, version) {
      const content = { id, version: randomUUID(), record };
      for (;;) {
        const { item, live } = await find(id);
        if (item === undefined || live?.version !== version) return undefined;
        if (await replace(content, item)) return content.version;
      }
    },

    async touch(id, expiresAt, touchedAt) {
      for (;;) {
        const { item, live } = await find(id);
        if (item === undefined || live === undefined || isMoved(live.record)) return false;
        const times = {
          expiresAt: Math.max(live.record.expiresAt, expiresAt),
          touchedAt: Math.max(live.record.touchedAt, touchedAt),
        };
        if (await replace({ ...live, record: { ...live.record, ...times } }, item)) return true;
      }
    },

    async destroy(id, version) {
      for (;;) {
        const { item, live } = await find(id);
        if (live === undefined || (version !== undefined && live.version !== version)) return false;
        if (await items.delete(keyOf(id), version === undefined ? undefined : item?.cas))
          return true;
      }
    },
  };
}

function itemsOf(client: MemcacheClient | MemjsClient): MemcachedItems {
  if (typeof client === 'object' && client !== null) {
    if ('perform' in client && 'seq' in client) return memjsItems(client);
    if ('hash' in client && 'nodes' in client) return memcacheItems(client);
  }
  throw refusedClient(
    'memcachedStore',
    'client',
    client,
    'Give a Memcache of memcache (new Memcache(address)), or a Client of memjs (Client.create(addresses)).',
  );
}

function parse(value: string): Content | undefined {
  try {
    const { id, version, record } = JSON.parse(value) as Content;
    if (
      typeof version !== 'string' ||
      typeof record.data !== 'string' ||
      typeof record.expiresAt !== 'number'
    )
      return undefined;
    return { id, version, record };
  } catch {
    // Unreadable counts as absent: something else wrote under this key.
    return undefined;
  }
}
