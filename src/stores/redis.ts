import { randomInt } from 'node:crypto';
import { SessionError } from '../core/errors.js';
import type { SessionEntry, SessionStore, StoredSession } from './contract.js';
import { type RedisClient, redisCommands } from './redis/clients.js';
import { batches, distinct, take } from './redis/iterate.js';
import { FIELDS, fromFields, toFields } from './redis/record.js';
import {
  CREATE,
  INDEX,
  REMOVE,
  type RedisScript,
  runScript,
  TOUCH,
  UPDATE,
} from './redis/scripts.js';
import { fromStorable, toStorable } from './text/storable-text.js';

export type {
  Ioredis,
  IoredisCluster,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  RedisClient,
} from './redis/clients.js';

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /**
   * Your own client: what `createClient`, `createClientPool`, `createCluster` or `createSentinel`
   * of redis (node-redis, 5 or later) gives, once connected; a `Redis` or `Cluster` of ioredis (5
   * or later) or iovalkey. A key prefix of its own stands in front of `prefix`.
   */
  readonly client: RedisClient;
  /**
   * What every key of this store begins with; default `'session:'`. Its characters mean nothing but
   * themselves.
   */
  readonly prefix?: string | undefined;
  /** The clock, in epoch milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * How long the server keeps a record beyond its end, so that it never sweeps what a clock that is a
 * little behind calls live.
 */
const GRACE = 60_000;
const BATCH = 100;
const FIRST = Number.MIN_SAFE_INTEGER;
const LAST = Number.MAX_SAFE_INTEGER;

/**
 * Keeps sessions in Redis 7 or later, or Valkey: one server, Sentinel or Cluster. A read is one
 * command; so is a write, except where the session of a user is created, changes its user or is
 * destroyed: these take one or two more for the index by user.
 * @throws `invalid-option` when `client` is none of the clients or reads from replicas, or when
 * `prefix` is empty.
 */
export function redisStore({
  client,
  prefix = 'session:',
  now = Date.now,
}: RedisStoreOptions): SessionStore<number> {
  if (prefix === '')
    throw new SessionError(
      'invalid-option',
      "prefix is empty. Give a text that no other key begins with: 'shop:'.",
    );
  const commands = redisCommands(client);
  const recordPrefix = toStorable(`${commands.keyPrefix}${prefix}record:`);
  const userPrefix = toStorable(`${commands.keyPrefix}${prefix}by-user:`);
  const recordKey = (id: string): string => recordPrefix + toStorable(id);
  let unpruned: Iterator<string> | AsyncIterator<string> = [].values();

  function run(
    script: RedisScript,
    key: string,
    values: readonly (string | number)[],
  ): Promise<unknown> {
    return runScript(commands, script, key, values);
  }

  /** By the time that is left, not by an instant: the server's clock may be another. */
  function timeToKeep(until: number): number {
    return Math.max(1, until - now() + GRACE);
  }

  /**
   * Makes `byUser` find a record, before that record is written: a crash in between leaves an entry
   * without a record, which no read shows. The entry lasts twice as long as the record, so that few
   * touches need another. It names one life of the id: removing it cannot take away the next.
   */
  async function index(
    id: string,
    life: string | number,
    user: string,
    expiresAt: number,
  ): Promise<number> {
    const until = expiresAt + Math.max(0, expiresAt - now());
    await run(INDEX, userPrefix + user, [
      now(),
      timeToKeep(until),
      until,
      `${life}:${toStorable(id)}`,
    ]);
    return until;
  }

  async function remove(id: string, ...condition: readonly number[]): Promise<boolean> {
    const reply = await run(REMOVE, recordKey(id), condition);
    if (!Array.isArray(reply)) return Number(reply) === 1;
    const [life, user] = reply.map(String);
    await commands.send(userPrefix + user, [
      'ZREM',
      userPrefix + user,
      `${life}:${toStorable(id)}`,
    ]);
    return true;
  }

  async function read(id: string): Promise<StoredSession<number> | undefined> {
    const key = recordKey(id);
    const stored = fromFields(
      (await commands.send(key, ['HMGET', key, ...FIELDS])) as (string | null)[],
    );
    return stored !== undefined && stored.record.expiresAt > now() ? stored : undefined;
  }

  async function isLive(id: string): Promise<boolean> {
    const key = recordKey(id);
    const [expiresAt] = (await commands.send(key, ['HMGET', key, 'expiresAt'])) as [string | null];
    return expiresAt !== null && Number(expiresAt) > now();
  }

  /** The ids of all records; some may come again. */
  async function* recordIds(): AsyncGenerator<string> {
    for await (const keys of commands.scan(recordPrefix)) {
      for (const key of keys) yield fromStorable(key.slice(recordPrefix.length));
    }
  }

  async function* entries(
    ids: Iterable<string> | AsyncIterable<string>,
  ): AsyncGenerator<SessionEntry> {
    for await (const batch of batches(ids, BATCH)) {
      const found = await Promise.all(batch.map(async (id) => ({ id, stored: await read(id) })));
      for (const { id, stored } of found)
        if (stored !== undefined) yield { id, record: stored.record };
    }
  }

  return {
    name: 'redis',
    read,

    async create(id, record) {
      // Each life of an id counts up from a random number: a version of an earlier life fits a
      // later one at odds of its updates in 2^48.
      const version = randomInt(2 ** 48 - 1);
      const { userId, expiresAt } = record;
      const fields = [...toFields(record), 'version', version, 'life', version];
      if (userId !== undefined)
        fields.push('indexedUntil', await index(id, version, toStorable(userId), expiresAt));
      const created = await run(CREATE, recordKey(id), [now(), timeToKeep(expiresAt), ...fields]);
      return Number(created) === 1 ? version : undefined;
    },

    async update(id, record, version) {
      const next = version + 1;
      const { userId, expiresAt } = record;
      const values = [now(), timeToKeep(expiresAt), version, ...toFields(record), 'version', next];
      let reply = await run(UPDATE, recordKey(id), values);
      if (Array.isArray(reply) && userId !== undefined) {
        const until = await index(id, String(reply[0]), toStorable(userId), expiresAt);
        reply = await run(UPDATE, recordKey(id), [...values, 'indexedUntil', until]);
      }
      return Number(reply) === 1 ? next : undefined;
    },

    async touch(id, expiresAt, touchedAt) {
      // A second turn after indexing; a third only when somebody changed the user in between.
      for (let indexed: (string | number)[] = []; ; ) {
        const reply = await run(TOUCH, recordKey(id), [
          now(),
          timeToKeep(expiresAt),
          expiresAt,
          touchedAt,
          ...indexed,
        ]);
        if (!Array.isArray(reply)) return Number(reply) === 1;
        const [life = '', user = ''] = reply.map(String);
        indexed = [life, user, await index(id, life, user, expiresAt)];
      }
    },

    destroy: (id, version) => remove(id, now(), LAST, ...(version === undefined ? [] : [version])),

    async *byUser(userId) {
      const key = userPrefix + toStorable(userId);
      const indexed = (await commands.send(key, ['ZRANGE', key, '0', '-1'])) as string[];
      const ids = new Set(
        indexed.map((entry) => fromStorable(entry.slice(entry.indexOf(':') + 1))),
      );
      for await (const entry of entries(ids)) if (entry.record.userId === userId) yield entry;
    },

    list: () => entries(distinct(recordIds())),

    async count() {
      let live = 0;
      for await (const batch of batches(distinct(recordIds()), BATCH))
        live += countTrue(await Promise.all(batch.map(isLive)));
      return live;
    },

    async prune(before, limit) {
      let pruned = 0;
      // Goes on where the last call stopped, then once through all: however many are live, each is
      // looked at twice at most.
      for (const ids of [unpruned, recordIds()]) {
        unpruned = ids;
        while (pruned < limit) {
          const batch = await take(ids, Math.min(BATCH, limit - pruned));
          if (batch.length === 0) break;
          pruned += countTrue(await Promise.all(batch.map((id) => remove(id, FIRST, before))));
        }
        if (pruned >= limit) break;
      }
      return pruned;
    },

    async clear() {
      for await (const batch of batches(recordIds(), BATCH))
        await Promise.all(batch.map((id) => remove(id, FIRST, LAST)));
    },
  };
}

function countTrue(answers: readonly boolean[]): number {
  return answers.filter(Boolean).length;
}
