import { afterAll, describe, expect, test } from 'vitest';
import { findServer, startServer } from '../../scripts/servers/index.js';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { redisSentinelStores } from '../remote-stores/redis.js';
import { idsOf, listOf, sessionsOf, testTouches } from './pages.js';

const long = process.env.SOJOURN_LONG === '1';
const stores = long ? redisSentinelStores : redisSentinelStores.slice(0, 2);

const found = await findServer('redis-sentinel');
let spaces = 0;

function freshSpace(): string {
  return `suite_${process.pid}_${spaces++}`;
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

describe.skipIf(!found.available)('behind a sentinel', async () => {
  if (!found.available) return;
  const group = await startServer('redis-sentinel');
  const { url } = group.sentinel;
  afterAll(() => group.stop());

  // The suite for each client runs over a single server, see redis.test.ts.
  describe.each(long ? stores : stores.slice(0, 1))('$name', ({ open }) => {
    storeSuite({
      test,
      rounds: long ? 25 : 5,
      differences: { close: 'the client was passed in', migrate: 'there is nothing to create' },
      createStore: async ({ now }) => {
        const space = freshSpace();
        const [first, second] = await Promise.all([
          open(url, { space, now }),
          open(url, { space, now }),
        ]);
        return {
          store: first.store,
          second: second.store,
          cleanup: async () => {
            await first.remove();
            await second.close();
          },
        };
      },
    });

    async function use(act: (store: SessionStore) => Promise<void>): Promise<void> {
      const { store, remove } = await open(url, { space: freshSpace() });
      await act(store).finally(remove);
    }

    testTouches(use);
  });

  test('F-09 after the master was lost every store goes on with the next one, scripts and index included', {
    timeout: 90_000,
  }, async () => {
    const opened = await Promise.all(
      stores.map(async ({ open }) => open(url, { space: freshSpace() })),
    );
    const versions = await Promise.all(
      opened.map(({ store }) => store.create('a', record({ userId: 'ada' }))),
    );
    await group.replicated();
    const lost = await group.master();
    await lost.kill();
    await expect.poll(async () => (await group.master()) !== lost, { timeout: 60_000 }).toBe(true);

    for (const [index, { store, close }] of opened.entries()) {
      const goesOn = async (): Promise<unknown> => {
        const stored = await store.read('a').catch(() => undefined);
        return (
          stored &&
          store
            .update('a', record({ data: 'next', userId: 'ada' }), stored.version)
            .catch(() => undefined)
        );
      };
      await expect.poll(goesOn, { timeout: 60_000, interval: 200 }).toBeDefined();
      const stored = await store.read('a');
      expect(stored?.record.data).toBe('next');
      expect(await store.update('a', record(), versions[index])).toBeUndefined();
      expect(await store.create('b', record({ userId: 'ada' }))).toBeDefined();
      expect(await idsOf(sessionsOf(store, 'ada'))).toEqual(['a', 'b']);
      expect(await idsOf(listOf(store), 1)).toEqual(['a', 'b']);
      await close();
    }
  });
});
