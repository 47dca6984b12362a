import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Notice, Notices } from '../../src/notices/contract.js';
import { redisNotices } from '../../src/notices/redis.js';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';
import { redisStore } from '../../src/stores/redis.js';
import { type TieredStoreOptions, tieredStore } from '../../src/stores/tiered.js';
import { newChannel } from '../notices/clients.js';
import { noticeWarnings } from '../notices/suite.js';
import { sharedServer } from '../servers.js';

const server = await sharedServer('redis');

function record(data = '{}'): SessionRecord {
  const now = Date.now();
  return { data, createdAt: now, touchedAt: now, expiresAt: now + 3_600_000 };
}

function near(): SessionStore {
  return memoryStore({ warn: false }) as SessionStore;
}

describe.skipIf(!server.available)('over Redis', () => {
  const url = server.available ? server.url : '';

  /** A process of its own, as far as Redis can tell; it listens when the promise resolves. */
  async function startProcess(channel: string): Promise<SessionStore<string>> {
    const client = new Redis(url);
    const notices = redisNotices({ client, channel });
    const subscribe = vi.spyOn(notices, 'subscribe');
    const far = redisStore({ client, prefix: `${channel}:` });
    const store = tieredStore({ near: near(), far, notices, staleness: '10m' });
    onTestFinished(async () => {
      await store.close?.();
      client.disconnect();
    });
    await store.read('nobody');
    await subscribe.mock.results[0]?.value;
    return store;
  }

  const WRITES = {
    update: (store: SessionStore<string>, version: string) =>
      store.update('a', record('new'), version),
    move: (store: SessionStore<string>, version: string) =>
      store.update('a', { ...record('new'), createdAt: 0 }, version),
    destroy: (store: SessionStore<string>) => store.destroy('a'),
  };

  test.each(Object.entries(WRITES))(
    'V-05 the copy of another process is gone one notice after an %s',
    async (_, write) => {
      const channel = newChannel();
      const [one, other] = [await startProcess(channel), await startProcess(channel)];
      const version = await one.create('a', record('old'));
      expect((await other.read('a'))?.record.data).toBe('old');
      await write(one, version ?? '');
      await vi.waitFor(async () => expect((await other.read('a'))?.record.data).not.toBe('old'), {
        interval: 1,
      });
      await one.clear?.();
    },
  );

  test("a process keeps the copies that it made after its own writes: its notices don't return", async () => {
    const channel = newChannel();
    const [one, other] = [await startProcess(channel), await startProcess(channel)];
    const version = await one.create('a', record('old'));
    await other.read('a');
    await one.update('a', record('new'), version ?? '');
    await one.read('a');
    await vi.waitFor(async () => expect((await other.read('a'))?.record.data).toBe('new'));
    // Behind the back of both: who still has a copy does not see it.
    const client = new Redis(url);
    onTestFinished(() => client.disconnect());
    await redisStore({ client, prefix: `${channel}:` }).destroy('a');
    expect((await one.read('a'))?.record.data).toBe('new');
  });
});

test('a channel that is down fails no request, and copies are at most as old as staleness', async () => {
  const warnings = noticeWarnings();
  const down: Notices = {
    publish: () => Promise.reject(new Error('channel down')),
    subscribe: () => Promise.reject(new Error('channel down')),
  };
  const far = memoryStore({ warn: false });
  let time = Date.now();
  const now = (): number => time;
  const options: TieredStoreOptions<number> = { near: near(), far, notices: down, now };
  const one = tieredStore(options);
  const version = await one.create('a', record('old'));
  expect((await one.read('a'))?.record.data).toBe('old');
  await far.update('a', record('new'), version ?? 0);
  expect((await one.read('a'))?.record.data).toBe('old');
  time += 1000;
  expect((await one.read('a'))?.record.data).toBe('new');
  await vi.waitFor(() =>
    expect(warnings.sort()).toEqual([
      expect.stringContaining('Notices cannot be heard'),
      expect.stringContaining('Notices cannot be published'),
    ]),
  );
  await one.close?.();
});

test('V-05 a read under way at a notice leaves no copy of what was there before', async () => {
  let hear: (notice: Notice) => unknown = () => undefined;
  const notices: Notices = {
    publish: async () => undefined,
    async subscribe(listener) {
      hear = listener;
      return async () => undefined;
    },
  };
  const far = memoryStore({ warn: false });
  let answer = (): void => undefined;
  const slow: SessionStore<number> = {
    ...far,
    async read(id) {
      const found = await far.read(id);
      if (found?.record.data === 'old') await new Promise<void>((resolve) => (answer = resolve));
      return found;
    },
  };
  const one = tieredStore({ near: near(), far: slow, notices });
  const version = await far.create('a', record('old'));
  const early = one.read('a');
  await new Promise(setImmediate);
  await far.update('a', record('new'), version ?? 0);
  await hear({ kind: 'changed', id: 'a', handle: undefined });
  answer();
  expect((await early)?.record.data).toBe('old');
  expect((await one.read('a'))?.record.data).toBe('new');
});

test('what is no object of notices is refused', () => {
  const options = { near: near(), far: memoryStore(), notices: 'redis://host' };
  expect(() => tieredStore(options as never)).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
