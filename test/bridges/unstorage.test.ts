import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createStorage, type Driver, prefixStorage, type Storage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import memoryDriver from 'unstorage/drivers/memory';
import redisDriver from 'unstorage/drivers/redis';
import { describe, expect, test } from 'vitest';
import { type UnstorageStorage, unstorageStore } from '../../src/bridges/unstorage.js';
import type { SessionRecord } from '../../src/stores/contract.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { explore } from '../races/explorer.js';
import { sharedServer } from '../servers.js';

const redis = await sharedServer('redis');
const HOUR = 3_600_000;
let spaces = 0;

interface OpenStorage {
  readonly storage: Storage;
  readonly remove: () => Promise<void>;
}

const DRIVERS: readonly { name: string; open: () => Promise<OpenStorage>; isMissing?: boolean }[] =
  [
    {
      name: 'memory',
      open: async () => ({
        storage: createStorage({ driver: memoryDriver() }),
        remove: async () => undefined,
      }),
    },
    {
      name: 'fs',
      open: async () => {
        const base = await mkdtemp(join(tmpdir(), 'sojourn-unstorage-'));
        return {
          storage: createStorage({ driver: fsDriver({ base }) }),
          remove: () => rm(base, { recursive: true }),
        };
      },
    },
    {
      name: 'redis, part of a storage',
      isMissing: !redis.available,
      open: async () => {
        const url = redis.available ? redis.url : '';
        const whole = createStorage({
          driver: redisDriver({ url, base: `unstorage-${process.pid}-${++spaces}` }),
        });
        const remove = async (): Promise<void> => {
          await whole.clear();
          await whole.dispose();
        };
        return { storage: prefixStorage(whole, 'sessions'), remove };
      },
    },
  ];

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return { data: '{"views":1}', createdAt: now, touchedAt: now, expiresAt: now + HOUR, ...fields };
}

describe.each(DRIVERS.filter(({ isMissing }) => isMissing !== true))('$name', ({ open }) => {
  storeSuite({
    test,
    differences: { migrate: 'there is nothing to make', close: 'the storage was passed in' },
    createStore: async ({ now }) => {
      const { storage, remove } = await open();
      return { store: unstorageStore({ storage, now }), cleanup: remove };
    },
  });

  test('V-01 V-02: within one process nothing is lost and nothing revived, whatever the order of the calls', () =>
    explore({
      runs: process.env.SOJOURN_LONG === '1' ? 2000 : 20,
      createStore: async ({ now }) => {
        const { storage, remove } = await open();
        return { store: unstorageStore({ storage, now }), cleanup: remove };
      },
    }));

  test('what others keep in the storage is not listed, not counted, not cleared', async () => {
    const { storage, remove } = await open();
    const store = unstorageStore({ storage });
    await storage.setItem('config:theme', 'dark');
    await storage.setItem(`session-${'0'.repeat(64)}`, { id: 'of somebody else' });
    await store.create('a', record());
    expect(await store.count?.()).toBe(1);
    await store.clear?.();
    expect((await storage.getKeys()).sort()).toEqual(['config:theme', `session-${'0'.repeat(64)}`]);
    await remove();
  });
});

test.skipIf(!redis.available)(
  'the driver is told to forget a record, an hour after its deadline',
  async () => {
    const url = redis.available ? redis.url : '';
    const base = `unstorage-${process.pid}-${++spaces}`;
    const storage = createStorage({ driver: redisDriver({ url, base }) });
    const client = new Redis(url);
    const store = unstorageStore({ storage });
    const secondsLeft = async (): Promise<number> =>
      client.ttl(`${base}:${(await storage.getKeys())[0]}`);
    await store.create('a', record({ expiresAt: Date.now() + HOUR }));
    expect(await secondsLeft()).toBeGreaterThan(2 * 3600 - 60);
    expect(await secondsLeft()).toBeLessThanOrEqual(2 * 3600);
    await store.touch('a', Date.now() + 3 * HOUR, Date.now());
    expect(await secondsLeft()).toBeGreaterThan(4 * 3600 - 60);
    await storage.clear();
    await storage.dispose();
    client.disconnect();
  },
);

test.each(['', 'garbage', '{"id":"a"', '{"id":"a"}', 'null', '7', '[]'])(
  'a record that cannot be read is absent: %j',
  async (text) => {
    const files = new Map<string, string>();
    const driver: Driver = {
      hasItem: (key) => files.has(key),
      getItem: (key) => files.get(key) ?? null,
      setItem: (key, value) => void files.set(key, value),
      removeItem: (key) => void files.delete(key),
      getKeys: () => [...files.keys()],
    };
    const store = unstorageStore({ storage: createStorage({ driver }) });
    await store.create('a', record());
    for (const key of files.keys()) files.set(key, text);
    expect(await store.read('a')).toBeUndefined();
    expect(await store.count?.()).toBe(0);
    expect(await store.touch('a', Date.now() + HOUR, Date.now())).toBe(false);
    expect(await store.create('a', record({ data: 'again' }))).toEqual(expect.any(String));
    expect((await store.read('a'))?.record.data).toBe('again');
  },
);

test('V-24 a driver that fails makes every verb reject, and is not one without sessions', async () => {
  const fail = (): never => {
    throw new Error('disk on fire');
  };
  const driver: Driver = {
    hasItem: fail,
    getItem: fail,
    setItem: fail,
    removeItem: fail,
    getKeys: fail,
  };
  const store = unstorageStore({ storage: createStorage({ driver }) });
  const calls = [
    store.read('a'),
    store.create('a', record()),
    store.update('a', record(), 'v'),
    store.touch('a', Date.now() + HOUR, Date.now()),
    store.destroy('a'),
    store.count?.(),
    store.prune?.(Date.now(), 1),
    store.clear?.(),
  ];
  for (const call of calls) await expect(call).rejects.toThrow('disk on fire');
});

test('a call that failed does not hold up the next one', async () => {
  const memory = memoryDriver();
  let isDown = false;
  const driver: Driver = {
    ...memory,
    getItem: (key) => (isDown ? Promise.reject(new Error('down')) : memory.getItem(key)),
  };
  const store = unstorageStore({ storage: createStorage({ driver }) });
  await store.create('a', record());
  isDown = true;
  const failed = store.read('a');
  const alsoFailed = store.destroy('a');
  await expect(failed).rejects.toThrow('down');
  await expect(alsoFailed).rejects.toThrow('down');
  isDown = false;
  expect(await store.destroy('a')).toBe(true);
});

test.each([undefined, {}, new Map()])('a storage that is none is refused: %s', (storage) => {
  expect(() => unstorageStore({ storage: storage as unknown as UnstorageStorage })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
