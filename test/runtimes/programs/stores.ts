import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionStore } from 'sojourn';
import { fileStore } from 'sojourn/stores/file';
import { memoryStore } from 'sojourn/stores/memory';
import { type PostgresClient, postgresStore } from 'sojourn/stores/postgres';
import { type RedisClient, redisStore } from 'sojourn/stores/redis';
import { type SqliteDatabase, sqliteStore } from 'sojourn/stores/sqlite';
import type { StoreCasesOptions } from 'sojourn/testing';

type CreateStore = StoreCasesOptions['createStore'];
type Now = () => number;

/** How a store is made for each case; `url` is its server's. */
export const stores: Readonly<Record<string, (url: string) => Promise<CreateStore>>> = {
  memory:
    async () =>
    async ({ now }) => ({ store: memoryStore({ now }) }),

  file: async () => inFolder((directory, now) => fileStore({ directory, durable: false, now })),

  'node:sqlite': async () =>
    inFolder((folder, now) => sqliteStore({ file: join(folder, 'sessions.sqlite'), now })),

  'bun:sqlite': async () => {
    const { Database } = (await import('bun:sqlite' as string)) as {
      Database: new (file: string) => SqliteDatabase & { exec(statements: string): unknown };
    };
    return inFolder((folder, now) => {
      const database = new Database(join(folder, 'sessions.sqlite'));
      database.exec('pragma journal_mode = wal; pragma synchronous = normal');
      return sqliteStore({ database, now });
    });
  },

  redis: async (url) => {
    const { createClient } = await import('redis');
    const client = await createClient({ url }).connect();
    return onRedis(client);
  },

  ioredis: async (url) => {
    const { Redis } = await import('ioredis');
    return onRedis(new Redis(url));
  },

  'Bun.SQL': async (url) => {
    const { SQL } = await import('bun' as string);
    return onPostgres(new SQL(url) as PostgresClient);
  },
};

/** A store in a folder of its own, which goes with it. */
function inFolder(open: (folder: string, now: Now) => SessionStore): CreateStore {
  return async ({ now }) => {
    const folder = await mkdtemp(join(tmpdir(), 'sojourn-'));
    const store = open(folder, now);
    await store.migrate?.();
    return {
      store,
      cleanup: async () => {
        await store.close?.();
        await rm(folder, { recursive: true });
      },
    };
  };
}

let spaces = 0;

function space(): string {
  return `runtimes_${process.pid}_${++spaces}`;
}

function onRedis(client: RedisClient): CreateStore {
  return async ({ now }) => {
    const store = redisStore({ client, prefix: `${space()}:`, now });
    return { store, cleanup: async () => store.clear?.() };
  };
}

function onPostgres(client: PostgresClient): CreateStore {
  return async ({ now }) => {
    const store = postgresStore({ client, table: space(), now });
    await store.migrate?.();
    return { store, cleanup: async () => store.clear?.() };
  };
}
