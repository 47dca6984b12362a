import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { sqliteAvailable, sqliteStore } from '../../src/stores/sqlite.js';
import { storeCases } from '../../src/testing/store-suite.js';
import { postgresStores } from '../remote-stores/postgres.js';
import { redisStores } from '../remote-stores/redis.js';
import type { OpenRemoteStore, RemoteStore } from '../remote-stores/remote-store.js';
import { sharedServer } from '../servers.js';
import { type Ends, type OpenPair, PHASES, WHILE_MOVING } from './moving-pairs.js';

const long = process.env.SOJOURN_LONG === '1';
const [redis, postgres] = [await sharedServer('redis'), await sharedServer('postgres')];
let spaces = 0;

async function openRemote(
  remotes: readonly RemoteStore[],
  url: string,
  space: string,
  now: () => number,
): Promise<OpenRemoteStore> {
  const [remote] = remotes;
  if (remote === undefined) throw new Error('there is no such store');
  return remote.open(url, { space, now, pruneInterval: false });
}

/** A file of SQLite, as another store is opened. */
async function openSqlite(file: string, now: () => number): Promise<OpenRemoteStore> {
  const store = sqliteStore({ file, now });
  const close = async (): Promise<void> => store.close?.();
  return { store, close, remove: close };
}

type OpenEnd = (space: string, now: () => number) => Promise<OpenRemoteStore>;

/** Both stores twice, each with a client of its own. */
async function openTwice(from: OpenEnd, to: OpenEnd, now: () => number): Promise<OpenPair> {
  const space = `moving_${process.pid}_${spaces++}`;
  const opened = await Promise.all([from, from, to, to].map((open) => open(space, now)));
  const [fromFirst, fromSecond, toFirst, toSecond] = opened as [
    OpenRemoteStore,
    OpenRemoteStore,
    OpenRemoteStore,
    OpenRemoteStore,
  ];
  await fromFirst.store.migrate?.();
  await toFirst.store.migrate?.();
  const ends = (one: OpenRemoteStore, other: OpenRemoteStore): Ends => ({
    from: one.store,
    to: other.store,
  });
  return {
    first: ends(fromFirst, toFirst),
    second: ends(fromSecond, toSecond),
    async remove() {
      await Promise.all([fromSecond.close(), toSecond.close()]);
      await Promise.all([fromFirst.remove(), toFirst.remove()]);
    },
  };
}

const inRedis: OpenEnd = (space, now) =>
  openRemote(redisStores, redis.available ? redis.url : '', space, now);
const inPostgres: OpenEnd = (space, now) =>
  openRemote(postgresStores, postgres.available ? postgres.url : '', space, now);

const PAIRS = {
  async 'sqlite to redis'(now: () => number): Promise<OpenPair> {
    const folder = await mkdtemp(join(tmpdir(), 'sojourn-moving-'));
    const pair = await openTwice(
      () => openSqlite(join(folder, 'sessions.sqlite'), now),
      inRedis,
      now,
    );
    return {
      ...pair,
      async remove() {
        await pair.remove();
        await rm(folder, { recursive: true });
      },
    };
  },
  'redis to postgres': (now: () => number): Promise<OpenPair> =>
    openTwice(inRedis, inPostgres, now),
};

/** Without SOJOURN_LONG only some races, where sessions move. */
function isRun(pair: string, phase: string, id: string): boolean {
  if (long) return true;
  const isMoving = pair === 'redis to postgres' && phase === 'between prepare and move';
  return isMoving && /^races\/(increments|touch-update|touches|destroy-update)$/.test(id);
}

const isMissing = !redis.available || !postgres.available || !sqliteAvailable();

describe.skipIf(isMissing).each(Object.entries(PAIRS))('contract, from %s', (pair, openPair) => {
  for (const [phase, openStore] of Object.entries(PHASES)) {
    const cases = storeCases({
      rounds: long ? 10 : 3,
      differences: {
        ...(pair === 'redis to postgres' && { close: 'the clients were passed in' }),
        ...WHILE_MOVING[phase],
      },
      createStore: async ({ now }) => {
        const { first, second, remove } = await openPair(now);
        return { store: openStore(first, now), second: openStore(second, now), cleanup: remove };
      },
    });
    for (const { id, title, difference, run } of cases)
      if (isRun(pair, phase, id))
        test.skipIf(difference !== undefined)(`${phase}: ${id}: ${title} ${difference ?? ''}`, run);
  }
  if (!long && pair !== 'redis to postgres') test.skip('SOJOURN_LONG=1 has it', () => undefined);
});
