import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Database from 'libsql';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { createClient } from 'redis';
import type { ServerName } from '../../scripts/servers/types.js';
import type { AnyConnectStore } from '../../src/bridges/connect.js';

/** Their types are those of express-session, which would meet ours on the one `Express.Request`. */
const load = createRequire(import.meta.url);
const session = load('express-session');

export interface OpenConnectStore {
  readonly store: AnyConnectStore;
  close(): Promise<void>;
}

/** A store for express-session from npm, as its readme sets it up. */
export interface RealConnectStore {
  readonly name: string;
  /** The server it needs, if any. */
  readonly server?: ServerName;
  /** `space` is unique to the test; `url` that of the server. */
  open(space: string, url: string): Promise<OpenConnectStore>;
}

export const connectStores: readonly RealConnectStore[] = [
  {
    name: 'the MemoryStore of express-session',
    open: async () => ({ store: new session.MemoryStore(), close: async () => undefined }),
  },
  {
    name: 'memorystore',
    async open() {
      const MemoryStore = load('memorystore')(session);
      return { store: new MemoryStore(), close: async () => undefined };
    },
  },
  {
    name: 'session-file-store',
    async open() {
      const FileStore = load('session-file-store')(session);
      const path = mkdtempSync(join(tmpdir(), 'sojourn-file-store-'));
      const options = { path, ttl: 86_400, retries: 0, reapInterval: -1, logFn: () => undefined };
      return {
        store: new FileStore(options),
        close: async () => rmSync(path, { recursive: true, force: true }),
      };
    },
  },
  {
    name: 'better-sqlite3-session-store',
    async open() {
      const SqliteStore = load('better-sqlite3-session-store')(session);
      const client = new Database(':memory:');
      const { setInterval } = globalThis;
      // It keeps the process alive with a timer that it never hands out.
      globalThis.setInterval = ((...parameters: Parameters<typeof setInterval>) =>
        setInterval(...parameters).unref()) as typeof setInterval;
      const store = new SqliteStore({ client });
      globalThis.setInterval = setInterval;
      return { store, close: async () => void client.close() };
    },
  },
  {
    name: 'connect-redis',
    server: 'redis',
    async open(space, url) {
      const { RedisStore } = load('connect-redis');
      const client = createClient({ url });
      client.on('error', () => undefined);
      await client.connect();
      const store = new RedisStore({ client, prefix: `${space}:` });
      return {
        store,
        async close() {
          await store.clear();
          client.destroy();
        },
      };
    },
  },
  {
    name: 'connect-pg-simple',
    server: 'postgres',
    async open(space, url) {
      const PgStore = load('connect-pg-simple')(session);
      const pool = new pg.Pool({ connectionString: url, max: 4 });
      // As its table.sql, where the names of constraint and index leave room for one table alone.
      await pool.query(
        `create table "${space}" (sid varchar primary key, sess json not null, expire timestamp(6) not null)`,
      );
      const store = new PgStore({ pool, tableName: space, pruneSessionInterval: false });
      return {
        store,
        async close() {
          await pool.query(`drop table if exists "${space}"`);
          await store.close();
          await pool.end();
        },
      };
    },
  },
  {
    name: 'connect-mongo',
    server: 'mongodb',
    async open(space, url) {
      const { default: MongoStore = load('connect-mongo') } = load('connect-mongo');
      const client = await MongoClient.connect(url);
      const store = MongoStore.create({
        client,
        dbName: 'sojourn-connect',
        collectionName: space,
        autoRemove: 'disabled',
      });
      return {
        store,
        async close() {
          await client.db('sojourn-connect').dropCollection(space);
          await client.close();
        },
      };
    },
  },
];
