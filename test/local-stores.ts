import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionStore } from '../src/index.js';
import { fileStore } from '../src/stores/file.js';
import { memoryStore } from '../src/stores/memory.js';
import { sqliteStore } from '../src/stores/sqlite.js';
import { entriesIn } from './entries.js';

/** A store that runs without a server, made anew for a test. */
export interface LocalStore {
  store: SessionStore;
  /** All that is kept, keys and values, as text. */
  dump(): Promise<string>;
  remove(): Promise<void>;
}

type MakeStore = (options?: { now?: () => number }) => LocalStore;

function inFolder(open: (folder: string, now: () => number) => SessionStore): MakeStore {
  return ({ now = Date.now } = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-'));
    const store = open(folder, now);
    return {
      store,
      dump: async () => readTree(folder),
      async remove() {
        await store.close?.();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };
}

function readTree(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) =>
      statSync(join(folder, name)).isFile()
        ? `${name}\n${readFileSync(join(folder, name), 'latin1')}\n`
        : `${name}\n`,
    )
    .join('');
}

/** Every store of ours that needs no server. */
export const localStores: Readonly<Record<'memory' | 'file' | 'sqlite', MakeStore>> = {
  memory({ now = Date.now } = {}) {
    const store = memoryStore({ now });
    return {
      store,
      async dump() {
        return JSON.stringify(await entriesIn(store));
      },
      remove: async () => store.close?.(),
    };
  },
  file: inFolder((directory, now) => fileStore({ directory, now })),
  sqlite: inFolder((folder, now) => sqliteStore({ file: join(folder, 'sessions.sqlite'), now })),
};
