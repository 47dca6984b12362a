import { SessionError } from '../core/errors.js';
import { checkOption, checkOptions } from './contract/options.js';
import { isMoved, type SessionEntry, type SessionStore, type StoredSession } from './contract.js';
import { type RedisClient, redisCommands } from './redis/clients.js';
import { batches, distinct, take } from './redis/iterate.js';
import { eachKey, listKeys } from './redis/list.js';
import { FIELDS, fromFields, toFields } from './redis/record.js';
import { unlessWrongType } from './redis/replies.js';
import { CREATE, REMOVE, type RedisScript, runScript, TOUCH, UPDATE } from './redis/scripts.js';
import { timeToKeep } from './redis/time-to-keep.js';
import { userIndex } from './redis/user-index.js';
import { firstVersion, lifeOf, nextVersion } from './redis/version.js';
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
   * Your own client. From redis (node-redis, 5 or later): the connected result of `createClient`,
   * `createClientPool`, `createCluster` or `createSentinel`. From ioredis (5 or later) or iovalkey:
   * a `Redis` or `Cluster`. If the client has a key prefix, it comes before `prefix`.
   */
  readonly client: RedisClient;
  /**
   * The prefix of all keys of this store. Default `'session:'`. No character of it is a wildcard.
   */
  readonly prefix?: string | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

const BATCH = 100;
const FIRST = Number.MIN_SAFE_INTEGER;
const LAST = Number.MAX_SAFE_INTEGER;

/**
 * Keeps sessions in Redis 7 or later, or Valkey: one server, Sentinel or Cluster. A read is one
 * command, and so is a write of a session without a user. A write of a session with a user takes
 * one or two more, for the index by user. `list` may return a session twice while the server
 * shrinks its table of keys.
 * @throws `invalid-option` when `client` is not one of these clients or reads from replicas, or
 * when `prefix` is empty.
 */
export function redisStore(options: RedisStoreOptions): SessionStore<string> {
  checkOptions('redisStore', options, ['client', 'prefix', 'now'], 'client');
  const { client, prefix = 'session:', now = Date.now } = options;
  const advice = "Give a text that no other key begins with: 'shop:'.";
  checkOption('prefix', prefix, 'string', advice);
  if (prefix === '') throw new SessionError('invalid-option', `prefix is empty. ${advice}`);
  const commands = redisCommands(client);
  const recordPrefix = toStorable(`${commands.keyPrefix}${prefix}record:`);
  const index = userIndex(commands, toStorable(`${commands.keyPrefix}${prefix}by-user:`), now);
  const recordKey = (id: string): string => recordPrefix + toStorable(id);
  let unpruned: Iterator<string> | AsyncIterator<string> = [].values();

  /** What a script answers; 0, as for an absent record, when the key holds something else. */
  async function run(
    script: RedisScript,
    id: string,
    ...values: readonly (string | number)[]
  ): Promise<unknown> {
    return (await unlessWrongType(runScript(commands, script, recordKey(id), values))) ?? 0;
  }

  /** Fields of a record; none when the key holds something else. */
  async function fieldsOf(id: string, ...names: readonly string[]): Promise<(string | null)[]> {
    const key = recordKey(id);
    const values = await unlessWrongType(commands.send(key, ['HMGET', key, ...names]));
    return (values ?? []) as (string | null)[];
  }

  async function remove(id: string, ...condition: readonly (string | number)[]): Promise<boolean> {
    const reply = await run(REMOVE, id, ...condition);
    if (!Array.isArray(reply)) return Number(reply) === 1;
    const [life = '', user = ''] = reply.map(String);
    await index.remove(id, life, user);
    return true;
  }

  async function read(id: string): Promise<StoredSession<string> | undefined> {
    const stored = fromFields(await fieldsOf(id, ...FIELDS));
    return stored !== undefined && stored.record.expiresAt > now() ? stored : undefined;
  }

  async function isCounted(id: string): Promise<boolean> {
    const [expiresAt, createdAt] = await fieldsOf(id, 'expiresAt', 'createdAt');
    return Number(expiresAt) > now() && !isMoved({ createdAt: Number(createdAt) });
  }

  /** The ids of all records; some may come again. */
  async function* recordIds(): AsyncGenerator<string> {
    for await (const key of eachKey(commands, recordPrefix)) yield fromStorable(key);
  }

  /** What is there under the ids. */
  async function entriesOf(ids: readonly string[]): Promise<SessionEntry[]> {
    const found = await Promise.all(ids.map(async (id) => ({ id, stored: await read(id) })));
    return found.flatMap(({ id, stored }) =>
      stored === undefined ? [] : { id, record: stored.record },
    );
  }

  return {
    name: 'redis',
    read,

    async create(id, record) {
      const version = firstVersion();
      const { userId, expiresAt } = record;
      const fields = toFields(record);
      if (userId !== undefined) {
        const until = await index.add(id, lifeOf(version), toStorable(userId), expiresAt);
        fields.push('indexedUntil', until);
      }
      const reply = await run(CREATE, id, now(), timeToKeep(expiresAt, now), version, ...fields);
      return Number(reply) === 1 ? version : undefined;
    },

    async update(id, record, version) {
      const life = lifeOf(version);
      const next = nextVersion(life);
      const { userId, expiresAt } = record;
      const user = userId === undefined ? undefined : toStorable(userId);
      const values = [now(), timeToKeep(expiresAt, now), version, next, ...toFields(record)];
      const update = async () => Number(await run(UPDATE, id, ...values));
      if (user === undefined) return (await update()) === 1 ? next : undefined;

      const [reply, indexedUntil] = await Promise.all([update(), index.until(id, life, user)]);
      if (reply === 0) return undefined;
      // The server evicted the index where its entry is gone although the record was written.
      const isIndexed = reply === 1 && indexedUntil >= expiresAt;
      if (!isIndexed) values.push('indexedUntil', await index.add(id, life, user, expiresAt));
      return reply === 1 || (await update()) === 1 ? next : undefined;
    },

    async touch(id, expiresAt, touchedAt) {
      // A second turn after indexing; a third only when somebody changed the user in between.
      for (let indexed: (string | number)[] = []; ; ) {
        const values = [now(), timeToKeep(expiresAt, now), expiresAt, touchedAt, ...indexed];
        const reply = await run(TOUCH, id, ...values);
        if (!Array.isArray(reply)) return Number(reply) === 1;
        const [answer, life = '', user = '', deadline] = reply.map(String);
        if (answer === '1') {
          const isIndexed =
            indexed.length > 0 || (await index.until(id, life, user)) >= Number(deadline);
          if (!isIndexed) await index.add(id, life, user, Number(deadline));
          return true;
        }
        indexed = [life, user, await index.add(id, life, user, expiresAt)];
      }
    },

    destroy: (id, version) => remove(id, now(), LAST, ...(version === undefined ? [] : [version])),

    async byUser(userId, { after = '', limit }) {
      const { ids, next } = await index.page(toStorable(userId), after, limit);
      const entries = await entriesOf(ids);
      return { entries: entries.filter(({ record }) => record.userId === userId), next };
    },

    async list(page) {
      const { keys, next } = await listKeys(commands, recordPrefix, page);
      const entries = await entriesOf(keys.map(fromStorable));
      return { entries: entries.filter(({ record }) => !isMoved(record)), next };
    },

    async count() {
      let counted = 0;
      for await (const batch of batches(distinct(recordIds()), BATCH))
        counted += countTrue(await Promise.all(batch.map(isCounted)));
      return counted;
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
