import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { fileStore } from '../../src/stores/file.js';
import { memoryStore } from '../../src/stores/memory.js';
import { sqliteAvailable, sqliteStore } from '../../src/stores/sqlite.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { type OpenPair, PHASES, WHILE_MOVING } from './moving-pairs.js';

type OpenPairs = (now: () => number) => Promise<OpenPair>;

async function memoryToMemory(now: () => number): Promise<OpenPair> {
  const ends = { from: memoryStore({ now }), to: memoryStore({ now }) };
  return {
    first: ends,
    second: ends,
    async remove() {
      await ends.from.close?.();
      await ends.to.close?.();
    },
  };
}

async function fileToSqlite(now: () => number): Promise<OpenPair> {
  const folder = await mkdtemp(join(tmpdir(), 'sojourn-moving-'));
  const open = () => ({
    from: fileStore({ directory: join(folder, 'files'), now }),
    to: sqliteStore({ file: join(folder, 'sessions.sqlite'), now }),
  });
  const [first, second] = [open(), open()];
  await first.to.migrate?.();
  return {
    first,
    second,
    async remove() {
      await first.to.close?.();
      await second.to.close?.();
      await rm(folder, { recursive: true });
    },
  };
}

const long = process.env.SOJOURN_LONG === '1';

const PAIRS: readonly (readonly [string, OpenPairs, Readonly<Record<string, string>>])[] = [
  ['memory to memory', memoryToMemory, { migrate: 'memory has no schema' }],
  ...(long && sqliteAvailable() ? [['file to sqlite', fileToSqlite, {}] as const] : []),
];
describe.each(PAIRS)('contract, from %s', (_, openPair, differences) => {
  describe.each(Object.entries(PHASES))('%s', (phase, openStore) => {
    storeSuite({
      test,
      rounds: long ? 25 : 3,
      differences: {
        ...differences,
        ...WHILE_MOVING[phase],
      },
      createStore: async ({ now }) => {
        const { first, second, remove } = await openPair(now);
        return { store: openStore(first, now), second: openStore(second, now), cleanup: remove };
      },
    });
  });
});
