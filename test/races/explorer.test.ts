import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { SessionStore } from '../../src/stores/contract.js';
import { fileStore } from '../../src/stores/file.js';
import { memoryStore } from '../../src/stores/memory.js';
import { movingStore } from '../../src/stores/moving.js';
import { sqliteAvailable, sqliteStore } from '../../src/stores/sqlite.js';
import type { StoresUnderTest } from '../../src/testing/store-suite.js';
import type { BrokenStore } from '../testing/broken-stores/broken-store.js';
import { backend, plainStore } from '../testing/broken-stores/plain-store.js';
import { TOUCH_AND_DESTROY_FAULTS } from '../testing/broken-stores/touch-and-destroy-faults.js';
import { WRITE_FAULTS } from '../testing/broken-stores/write-faults.js';
import { explore } from './explorer.js';
import { SETTINGS } from './settings.js';

type CreateStore = (context: { now: () => number }) => Promise<StoresUnderTest>;

const runs = process.env.SOJOURN_LONG === '1' ? 3000 : 40;

/** Two instances on a folder of their own. */
async function fresh({ now }: { now: () => number }): Promise<StoresUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'sojourn-explorer-'));
  const open = (): SessionStore => fileStore({ directory, now });
  return { store: open(), second: open(), cleanup: () => rm(directory, { recursive: true }) };
}

/**
 * Two instances on one database, emptied after each run: libsql lets go of the files of a closed
 * one only when it is collected.
 */
function emptied(open: (folder: string, now: () => number) => SessionStore): CreateStore {
  let clock: () => number = Date.now;
  let stores: readonly [SessionStore, SessionStore] | undefined;
  let folder = '';
  afterAll(async () => {
    for (const store of stores ?? []) await store.close?.();
    if (folder !== '') await rm(folder, { recursive: true });
  });
  return async ({ now }) => {
    clock = now;
    if (stores === undefined) {
      folder = await mkdtemp(join(tmpdir(), 'sojourn-explorer-'));
      stores = [open(folder, () => clock()), open(folder, () => clock())];
    }
    const [store, second] = stores;
    return { store, second, cleanup: async () => store.clear?.() };
  };
}

/** Servers of two phases: sessions begin in one store and move to the other as they are changed. */
async function betweenPhases({ now }: { now: () => number }): Promise<StoresUnderTest> {
  const pair = { from: memoryStore({ now }), to: memoryStore({ now }), now };
  const second = movingStore({ ...pair, phase: 'prepare' });
  const store = movingStore({ ...pair, phase: 'move' });
  return { store: { ...store, create: (id, record) => second.create(id, record) }, second };
}

const STORES: readonly {
  name: string;
  createStore: CreateStore;
  isMissing?: boolean;
  runs?: number;
}[] = [
  { name: 'memory', createStore: async ({ now }) => ({ store: memoryStore({ now }) }) },
  { name: 'moving', createStore: betweenPhases, runs: runs / 4 },
  { name: 'file', createStore: fresh },
  {
    name: 'sqlite',
    createStore: emptied((folder, now) =>
      sqliteStore({ file: join(folder, 'sessions.sqlite'), now }),
    ),
    isMissing: !sqliteAvailable(),
  },
];

describe.each(STORES)(
  '$name: whatever the order of the calls, nothing is lost and nothing revived',
  ({ createStore, isMissing, runs: ownRuns = runs }) => {
    test.skipIf(isMissing).for(SETTINGS)('V-01 V-02 S-12 S-16: $settings', ({ programs }) =>
      explore({ createStore, runs: ownRuns, ...programs }),
    );
  },
);

/** Faults that programs of the core meet. The store suite alone finds the others. */
const FOUND: ReadonlySet<string> = new Set([
  'update ignores the version',
  'update compares, and writes in another step',
  'touch reads the record, and writes it back later',
  'touch writes the record back after it was destroyed',
  'touch gives a new version',
  'update keeps the earlier deadline',
  'a cache of this instance is read first',
]);

describe('the explorer finds what is wrong with a store', () => {
  const faults = [...WRITE_FAULTS, ...TOUCH_AND_DESTROY_FAULTS].filter(({ fault }) =>
    FOUND.has(fault),
  );

  test('each of these faults is there', () => {
    expect(new Set(faults.map(({ fault }) => fault))).toEqual(FOUND);
  });

  test.for(faults)('$fault', async ({ broken }: BrokenStore) => {
    const createStore: CreateStore = async ({ now }) => {
      const shared = backend(now);
      const instance = (): SessionStore<number> => {
        const plain = plainStore(shared);
        return { ...plain, ...broken(plain, shared) };
      };
      return { store: instance(), second: instance() };
    };
    await expect(explore({ createStore, runs: 1000 })).rejects.toThrow(/seed: .*path: /);
  });
});
