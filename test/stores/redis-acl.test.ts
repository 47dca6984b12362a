// The permissions that docs/stores/redis.md lists are enough, and none too many, over TLS.
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { Redis as Redis6 } from 'ioredis6';
import { createClient } from 'redis';
import { createClient as createClient5 } from 'redis5';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { findServer, startServer } from '../../scripts/servers/index.js';
import type { SessionRecord } from '../../src/stores/contract.js';
import { type RedisClient, redisStore } from '../../src/stores/redis.js';
import { idsOf, listOf, sessionsOf } from './pages.js';

const found = await findServer('redis-tls');

const page = readFileSync(new URL('../../docs/stores/redis.md', import.meta.url), 'utf8');
const [rule = ''] = /^ACL SETUSER .*$/m.exec(page) ?? [];
const permitted = rule.split(' ').filter((word) => /^\+/.test(word));
const NODE_REDIS: string[] = [];
const IOREDIS = ['+info'];

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

/** Uses every verb of the store, and every command in every script. */
async function useAll(client: RedisClient, flushScripts: () => Promise<unknown>): Promise<void> {
  const store = redisStore({ client });
  await flushScripts();
  const version = (await store.create('a', record({ userId: 'ada', ipAddress: '::1' }))) ?? '';
  await flushScripts();
  await store.update('a', record({ userId: 'bob' }), version);
  await flushScripts();
  await store.touch('a', Date.now() + 100_000_000, Date.now());
  expect((await store.read('a'))?.record.userId).toBe('bob');
  expect(await idsOf(sessionsOf(store, 'bob'))).toEqual(['a']);
  expect(await idsOf(listOf(store))).toEqual(['a']);
  expect(await store.count?.()).toBe(1);
  expect(await store.prune?.(Date.now(), 10)).toBe(0);
  expect(await store.destroy('a')).toBe(true);
  await store.create('b', record({ userId: 'ada' }));
  await store.clear?.();
}

describe.skipIf(!found.available)('a user who may do little', async () => {
  if (!found.available) return;
  const server = await startServer('redis-tls');
  const { ca, adminUrl } = server;
  const admin = new Redis(adminUrl, { tls: { ca } });
  admin.on('error', () => undefined);
  const url = `rediss://shop:password@localhost:${server.port}`;
  const flushScripts = () => admin.script('FLUSH');
  afterEach(() => admin.flushall());
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });

  /** The user as documented, with what a library needs and without `denied`. */
  async function permit(library: readonly string[], denied?: string): Promise<void> {
    await admin.call('ACL', ['DELUSER', 'shop']);
    const words = rule.split(' ').slice(1);
    await admin.call('ACL', [...words.filter((word) => word !== denied), ...library]);
  }

  const libraries: {
    name: string;
    needs: string[];
    open: () => Promise<{ client: RedisClient; close: () => unknown }>;
  }[] = [
    ...[createClient, createClient5].map((create, index) => ({
      name: `node-redis ${6 - index}`,
      needs: NODE_REDIS,
      open: async () => {
        const client = (create as typeof createClient)({ url, socket: { tls: true, ca } });
        client.on('error', () => undefined);
        await client.connect();
        return { client, close: () => client.destroy() };
      },
    })),
    ...[Redis, Redis6].map((Client, index) => ({
      name: `ioredis ${5 + index}`,
      needs: IOREDIS,
      open: async () => {
        const client = new (Client as typeof Redis)(url, { tls: { ca } });
        client.on('error', () => undefined);
        return { client, close: () => client.disconnect() };
      },
    })),
  ];

  test.each(libraries)(
    '$name: the documented permissions are enough for every verb',
    async ({ needs, open }) => {
      await permit(needs);
      const { client, close } = await open();
      await useAll(client, flushScripts);
      await expect(redisStore({ client, prefix: 'other:' }).create('a', record())).rejects.toThrow(
        'NOPERM',
      );
      await close();
    },
  );

  test.each(permitted)('%s is needed', async (command) => {
    await permit(IOREDIS, command);
    const client = new Redis(url, { tls: { ca } });
    client.on('error', () => undefined);
    await expect(useAll(client, flushScripts)).rejects.toThrow(
      /NOPERM|The user executing the script/,
    );
    client.disconnect();
  });

  test('the docs list permissions', () => {
    expect(permitted.length).toBeGreaterThan(10);
  });
});
