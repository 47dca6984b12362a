import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SessionStore, StoredSession } from '../../src/stores/contract.js';
import { fileStore } from '../../src/stores/file.js';
import { memoryStore } from '../../src/stores/memory.js';
import { sqliteAvailable, sqliteStore } from '../../src/stores/sqlite.js';
import { postgresStores } from '../remote-stores/postgres.js';
import { redisStores } from '../remote-stores/redis.js';
import { sharedServer } from '../servers.js';
import { watchReads } from './monotonic-reads.js';
import { long, openAll } from './store-under-fault.js';

/** For each store; 1,000,000 for all five in the long run. */
const reads = long ? 200_000 : 1500;

const SERVERS = await Promise.all(
  [redisStores[0]!, postgresStores[0]!].map(async (remote) => ({
    name: remote.name,
    remote,
    server: await sharedServer(remote.server),
  })),
);

async function expectNoViolation(instances: readonly SessionStore[]): Promise<void> {
  const history = await watchReads(instances, reads);
  expect(history.violations).toEqual([]);
  expect(history.reads).toBe(reads);
  expect(history.writes).toBeGreaterThan(20);
}

/** Two instances on a folder of their own, until the test ends. */
async function openTwo(open: (folder: string) => SessionStore): Promise<SessionStore[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sojourn-reads-'));
  const instances = [open(folder), open(folder)];
  onTestFinished(async () => {
    for (const store of instances) await store.close?.();
    await rm(folder, { recursive: true });
  });
  return instances;
}

describe('F-05 reads show each acknowledged write and never go back', () => {
  test('memory: two createSessions on one store', async () => {
    const store = memoryStore();
    onTestFinished(() => store.close?.());
    await expectNoViolation([store, store]);
  });

  test('file: two instances', async () => {
    await expectNoViolation(await openTwo((directory) => fileStore({ directory })));
  });

  test.skipIf(!sqliteAvailable())('sqlite: two instances', async () => {
    await expectNoViolation(
      await openTwo((folder) => sqliteStore({ file: join(folder, 'sessions.sqlite') })),
    );
  });

  test.for(SERVERS)('$name: two instances', async ({ remote, server }, context) => {
    if (!server.available) return context.skip(server.reason);
    const { url } = server;
    await expectNoViolation(await openAll({ remote, url }, [Date.now, Date.now]));
  });
});

test('F-05 the same readers find an instance that answers some reads from a replica that lags', async () => {
  const primary = memoryStore();
  onTestFinished(() => primary.close?.());
  let reads = 0;
  let replica: StoredSession | undefined;
  const lagging: SessionStore = {
    ...primary,
    async read(id) {
      reads++;
      if (reads % 50 === 1) replica = await primary.read(id);
      return reads % 10 === 0 ? replica : primary.read(id);
    },
  };
  const { violations } = await watchReads([primary, lagging], 2000);
  expect(violations).toContainEqual(expect.stringMatching(/after \d+ writes/));
  expect(violations).toContainEqual(expect.stringMatching(/after it saw/));
});
