// Which clients the store takes, and what their own settings do to it.
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { Redis as Redis6 } from 'ioredis6';
import { createClient, createCluster, createSentinel, RESP_TYPES } from 'redis';
import { createClient as createClient5, createCluster as createCluster5 } from 'redis5';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SessionRecord } from '../../src/stores/contract.js';
import { type RedisClient, redisStore } from '../../src/stores/redis.js';
import { sharedServer } from '../servers.js';
import { idsOf, listOf, sessionsOf } from './pages.js';

const shared = await sharedServer('redis');
const url = shared.available ? shared.url : '';
let spaces = 0;

function freshPrefix(): string {
  return `clients_${process.pid}_${++spaces}:`;
}

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return {
    data: '{"views":1}',
    createdAt: now,
    touchedAt: now,
    expiresAt: now + 3_600_000,
    ...fields,
  };
}

function ioredis(options: RedisOptions = {}): Redis {
  const client = new Redis(url, options);
  onTestFinished(() => client.disconnect());
  return client;
}

async function nodeRedis(options: object = {}): Promise<RedisClient> {
  const client = createClient({ url, ...options });
  onTestFinished(() => client.destroy());
  await client.connect();
  return client;
}

describe.skipIf(!shared.available)('on a server', () => {
  test.each(['a[b]*?:', 'back\\slash:', '[^a-z]', '*', '{tag}:', 'é\0:'])(
    'V-18 a prefix is no pattern: clear of %j deletes its own keys and no others',
    async (hostile) => {
      const client = ioredis();
      const space = freshPrefix();
      const own = redisStore({ client, prefix: space + hostile });
      const others = ['ab?:', 'axxx:', 'back', 'b', 'anything:'].map((prefix) =>
        redisStore({ client, prefix: space + prefix }),
      );
      for (const store of [own, ...others]) await store.create('a', record({ userId: 'ada' }));
      expect(await idsOf(listOf(own))).toEqual(['a']);
      expect(await own.count?.()).toBe(1);
      expect(await own.prune?.(Number.MAX_SAFE_INTEGER, 10)).toBe(1);
      await own.create('a', record({ userId: 'ada' }));
      await own.clear?.();
      expect(await own.read('a')).toBeUndefined();
      for (const store of others) {
        expect(await idsOf(sessionsOf(store, 'ada'))).toEqual(['a']);
        await store.clear?.();
      }
    },
  );

  test.each([
    { library: 'node-redis 6', open: (keyPrefix: string) => nodeRedis({ keyPrefix }) },
    { library: 'ioredis 5', open: async (keyPrefix: string) => ioredis({ keyPrefix }) },
    {
      library: 'ioredis 6',
      open: async (keyPrefix: string) => {
        const client = new Redis6(url, { keyPrefix });
        onTestFinished(() => client.disconnect());
        return client;
      },
    },
  ])(
    "V-18 $library: the client's own keyPrefix stands in front, and keeps stores apart",
    async ({ open }) => {
      const [space, bare] = [freshPrefix(), ioredis()];
      const one = redisStore({ client: await open(`${space}1*`) });
      const two = redisStore({ client: await open(`${space}2`) });
      await one.create('a', record({ userId: 'ada' }));
      await two.create('b', record({ userId: 'ada' }));
      expect((await bare.keys(`${space}*`)).sort()).toEqual([
        `${space}1*session:by-user:ada`,
        `${space}1*session:record:a`,
        `${space}2session:by-user:ada`,
        `${space}2session:record:b`,
      ]);
      expect(await idsOf(listOf(one))).toEqual(['a']);
      expect(await idsOf(sessionsOf(two, 'ada'))).toEqual(['b']);
      await one.clear?.();
      expect(await one.count?.()).toBe(0);
      expect(await two.count?.()).toBe(1);
      await two.clear?.();
    },
  );

  test.each([
    {
      settings: 'texts as Buffer',
      open: () =>
        nodeRedis({ commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } }),
    },
    {
      settings: 'numbers as text',
      open: () => nodeRedis({ commandOptions: { typeMapping: { [RESP_TYPES.NUMBER]: String } } }),
    },
    { settings: 'RESP 2', open: () => nodeRedis({ RESP: 2 }) },
    { settings: 'RESP 3', open: () => nodeRedis({ RESP: 3 }) },
    { settings: 'stringNumbers', open: async () => ioredis({ stringNumbers: true }) },
    { settings: 'enableAutoPipelining', open: async () => ioredis({ enableAutoPipelining: true }) },
    { settings: 'no offline queue', open: () => nodeRedis({ disableOfflineQueue: true }) },
  ])('a client set to $settings makes no difference', async ({ open }) => {
    const store = redisStore({ client: await open(), prefix: freshPrefix() });
    const later = Date.now() + 100_000;
    const version = (await store.create('a', record({ userId: 'ada', data: 'é😀' }))) ?? '';
    expect(await store.create('a', record())).toBeUndefined();
    const next = await store.update('a', record({ userId: 'bob', data: 'second' }), version);
    expect(next).toBeDefined();
    expect(next).not.toBe(version);
    expect(await store.update('a', record(), version)).toBeUndefined();
    expect(await store.touch('a', Date.now() + 100_000_000, later)).toBe(true);
    expect((await store.read('a'))?.record).toMatchObject({
      userId: 'bob',
      data: 'second',
      touchedAt: later,
    });
    expect(await idsOf(sessionsOf(store, 'bob'))).toEqual(['a']);
    expect(await idsOf(listOf(store))).toEqual(['a']);
    expect(await store.count?.()).toBe(1);
    expect(await store.destroy('a', version)).toBe(false);
    expect(await store.destroy('a', next)).toBe(true);
    expect(await store.destroy('a')).toBe(false);
  });

  test('a client that connects only now waits instead of answering wrongly', async () => {
    const prefix = freshPrefix();
    await redisStore({ client: ioredis(), prefix }).create('a', record());
    expect(await redisStore({ client: ioredis({ lazyConnect: true }), prefix }).count?.()).toBe(1);
    await redisStore({ client: ioredis(), prefix }).clear?.();
  });
});

test.each([
  ['a client of node-redis 6', () => createClient()],
  ['a client of node-redis 5', () => createClient5()],
  ['a cluster of node-redis 6', () => createCluster({ rootNodes: [{}] })],
  ['a cluster of node-redis 5', () => createCluster5({ rootNodes: [{}] })],
  [
    'a sentinel of node-redis 6',
    () => createSentinel({ name: 'm', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] }),
  ],
] as [string, () => RedisClient][])('%s that nobody connected says so', async (_, make) => {
  const store = redisStore({ client: make() });
  const expected = expect.objectContaining({
    code: 'store-failed',
    message: expect.stringContaining('client.connect()'),
  });
  await expect(store.read('a')).rejects.toThrow(expected);
  await expect(store.create('a', record())).rejects.toThrow(expected);
  await expect(store.count?.()).rejects.toThrow(expected);
});

test.each([
  ['nothing', undefined],
  ['a URL', 'redis://127.0.0.1'],
  ['settings', { url: 'redis://127.0.0.1' }],
  ['a legacy client of node-redis', createClient().legacy()],
  ['a client of another kind', { get: () => undefined, set: () => undefined }],
])('a client that is %s is refused', (_, client) => {
  expect(() => redisStore({ client: client as unknown as RedisClient })).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringContaining('ioredis'),
    }),
  );
});

test.each(['slave', 'all'] as const)(
  'a Cluster that reads from replicas is refused: scaleReads %j',
  (scaleReads) => {
    const client = new Cluster([{ port: 1, host: '127.0.0.1' }], { lazyConnect: true, scaleReads });
    expect(() => redisStore({ client })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  },
);

test('an empty prefix is refused', () => {
  expect(() => redisStore({ client: createClient(), prefix: '' })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
