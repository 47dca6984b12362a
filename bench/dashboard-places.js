import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresStore } from '../dist/stores/postgres.js';
import { redisStore } from '../dist/stores/redis.js';
import { sqliteStore } from '../dist/stores/sqlite.js';
import { createServers } from './servers.js';

/**
 * @typedef {object} Place
 * @property {import('../dist/index.js').SessionStore} store
 * @property {(id: string, total: number) => Promise<void>} fill copies the session until there are
 * so many; each user has three
 * @property {() => Promise<void>} close
 */

/** How many copies are written at once. */
const BATCH = 500;

/** @type {Record<string, () => Promise<Place>>} */
export const PLACES = { sqlite, redis, postgres };

/** @returns {Promise<Place>} */
async function sqlite() {
  const { DatabaseSync } = await import('node:sqlite');
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-dashboard-'));
  const database = new DatabaseSync(join(folder, 'sessions.sqlite'));
  database.exec('pragma journal_mode = wal');
  const store = sqliteStore({ database, pruneInterval: false });
  await store.migrate?.();
  return {
    store,
    async fill(id, total) {
      database.exec(`
        with recursive counted (n) as (
          select 1 union all select n + 1 from counted where n < ${total - 1}
        )
        insert into sessions
          select hex(randomblob(16)) || n, version, 'user ' || (n / 3), ip_address, user_agent,
            payload, created_at, last_activity, expires_at
          from sessions, counted where id = '${id}'`);
    },
    async close() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** @returns {Promise<Place>} */
async function postgres() {
  const { Pool } = (await import('pg')).default;
  const servers = createServers();
  const client = new Pool({ connectionString: await urlOf(servers, 'postgres') });
  const table = `dashboard_${process.pid}`;
  const store = postgresStore({ client, table, pruneInterval: false });
  await store.migrate?.();
  return {
    store,
    async fill(id, total) {
      await client.query(
        `insert into ${table}
           select md5(random()::text) || n, version, 'user ' || (n / 3), ip_address, user_agent,
             payload, created_at, last_activity, expires_at
           from ${table}, generate_series(1, $2::int - 1) as n where id = $1`,
        [id, total],
      );
      await client.query(`analyze ${table}`);
    },
    async close() {
      await client.query(`drop table ${table}`);
      await client.end();
      await servers.stop();
    },
  };
}

/** @returns {Promise<Place>} */
async function redis() {
  const { createClient } = await import('redis');
  const servers = createServers();
  const client = createClient({ url: await urlOf(servers, 'redis') });
  await client.connect();
  const store = redisStore({ client, prefix: `dashboard-${process.pid}:` });
  return {
    store,
    async fill(id, total) {
      const record = (await store.read(id))?.record;
      if (record === undefined) throw new Error('There is no session to copy');
      for (let from = 1; from < total; from += BATCH) {
        const length = Math.min(BATCH, total - from);
        await Promise.all(
          Array.from({ length }, (_, index) => {
            const userId = `user ${Math.floor((from + index) / 3)}`;
            return store.create(randomBytes(32).toString('base64url'), { ...record, userId });
          }),
        );
      }
    },
    async close() {
      await store.clear?.();
      client.destroy();
      await servers.stop();
    },
  };
}

/**
 * @param {ReturnType<typeof createServers>} servers @param {'redis' | 'postgres'} name
 * @returns {Promise<string>}
 */
async function urlOf(servers, name) {
  const { url, reason } = await servers.find(name);
  if (url === undefined) throw new Error(reason);
  return url;
}
