import { Client, Pool } from 'pg';
import postgres from 'postgres';
import { describe, expect, test, vi } from 'vitest';
import { startServer } from '../../scripts/servers/index.js';
import { type PostgresClient, postgresStore } from '../../src/stores/postgres.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { postgresStores } from '../remote-stores/postgres.js';
import { sharedServer } from '../servers.js';
import { answers, clientSuite, emptied, newTable, raceSuite, record } from './sql-server.js';

const server = await sharedServer('postgres');
const url = server.available ? server.url : '';

/** A pool of one's own, and what to do at the end. */
function openPool(settings: object = {}): Pool {
  return new Pool({ connectionString: url, max: 4, ...settings });
}

describe.skipIf(!server.available)('PostgreSQL', () => {
  clientSuite(postgresStores, url);

  raceSuite('V-01 every transaction is serializable', async (table, now) => {
    const pool = openPool({ options: '-c default_transaction_isolation=serializable' });
    const store = postgresStore({ client: pool, table, now });
    await store.migrate?.();
    return {
      store,
      second: postgresStore({ client: pool, table, now }),
      remove: async () => {
        await pool.query(`drop table ${table}`);
        await pool.end();
      },
    };
  });

  describe('V-15 a role that may select, insert, update and delete, and nothing else', () => {
    storeSuite({
      test,
      rounds: 3,
      differences: { migrate: 'the role may not' },
      createStore: emptied(async (table, now) => {
        const owner = openPool({ max: 1 });
        await postgresStore({ client: owner, table }).migrate?.();
        await owner.query(
          `create role ${table}_app login; grant select, insert, update, delete on ${table} to ${table}_app`,
        );
        const pool = openPool({ connectionString: url.replace('postgres@', `${table}_app@`) });
        return {
          store: postgresStore({ client: pool, table, now }),
          remove: async () => {
            await pool.end();
            await owner.query(`drop table ${table}; drop role ${table}_app`);
            await owner.end();
          },
        };
      }),
    });
  });

  test('V-15 tables of one name in two schemas keep to themselves, and names keep their case', async () => {
    const schema = `Schema_${newTable()}`;
    const pool = openPool();
    await pool.query(`create schema "${schema}"`);
    const tables = [`${schema}.Sessions`, newTable()];
    const stores = tables.map((table) => postgresStore({ client: pool, table }));
    for (const [index, store] of stores.entries()) {
      await store.migrate?.();
      await store.create('a', record({ data: String(index) }));
    }
    await stores[1]?.clear?.();
    expect((await stores[0]?.read('a'))?.record.data).toBe('0');
    expect(await stores[1]?.read('a')).toBeUndefined();
    const { rows } = await pool.query(
      'select indexname from pg_indexes where schemaname = $1 order by 1',
      [schema],
    );
    expect(rows.map(({ indexname }) => indexname)).toEqual([
      'Sessions_expires_at',
      'Sessions_pkey',
      'Sessions_user_id',
    ]);
    await pool.query(`drop schema "${schema}" cascade; drop table "${tables[1]}"`);
    await pool.end();
  });

  test('prune passes over a row that somebody holds, and keeps to its limit', async () => {
    const table = newTable();
    const pool = openPool();
    const store = postgresStore({ client: pool, table });
    await store.migrate?.();
    for (let number = 0; number < 20; number++)
      await store.create(`old-${number}`, record({ expiresAt: Date.now() - 1000 }));
    await store.create('live', record());
    const holder = await pool.connect();
    await holder.query(`begin; select 1 from ${table} where id = 'old-3' for update`);
    expect(await store.prune?.(Date.now(), 15)).toBe(15);
    expect(await store.prune?.(Date.now(), 15)).toBe(4);
    await holder.query('rollback');
    holder.release();
    expect(await store.prune?.(Date.now(), 15)).toBe(1);
    expect(await store.count?.()).toBe(1);
    await pool.query(`drop table ${table}`);
    await pool.end();
  });

  test('a statement that loses a deadlock is tried again', async () => {
    const table = newTable();
    const pool = openPool();
    const store = postgresStore({ client: pool, table });
    await store.migrate?.();
    await store.create('first', record());
    await store.create('second', record());
    const other = await pool.connect();
    // The store's statement is the one that notices, and loses.
    await other.query(
      `set deadlock_timeout = '60s'; begin; select 1 from ${table} where id = 'second' for update`,
    );
    const cleared = store.clear?.();
    await vi.waitUntil(
      async () =>
        (
          await pool.query(
            `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query = $1`,
            [`delete from "${table}"`],
          )
        ).rowCount,
      { timeout: 20_000 },
    );
    await other.query(`update ${table} set last_activity = 0 where id = 'first'; commit`);
    other.release(true);
    await cleared;
    expect(await store.count?.()).toBe(0);
    await pool.query(`drop table ${table}`);
    await pool.end();
  });

  test('F-09 connections that the server ends while idle do not end the process; the next call gets another', async () => {
    const table = newTable();
    const admin = openPool({ max: 1 });
    const pool = openPool({ application_name: table });
    const sql = postgres(url, {
      max: 2,
      connection: { application_name: table },
      onnotice: () => undefined,
    });
    const stores = [postgresStore({ client: pool, table }), postgresStore({ client: sql, table })];
    await stores[0]?.migrate?.();
    for (let round = 0; round < 3; round++) {
      for (const store of stores) await answers(store);
      await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
        [table],
      );
    }
    for (const store of stores) await answers(store);
    await admin.query(`drop table ${table}`);
    await Promise.all([admin.end(), pool.end(), sql.end({ timeout: 5 })]);
  });

  test('F-09 a listener of your own for the pool is the only one', async () => {
    const pool = openPool();
    const listener = () => undefined;
    pool.on('error', listener);
    postgresStore({ client: pool });
    expect(pool.listeners('error')).toEqual([listener]);
    const bare = openPool();
    for (let count = 0; count < 20; count++) postgresStore({ client: bare });
    expect(bare.listenerCount('error')).toBe(1);
    await Promise.all([pool.end(), bare.end()]);
  });

  test('F-09 a server that restarts while nobody asks is found again', async () => {
    const own = await startServer('postgres');
    const pool = new Pool({ connectionString: own.url });
    const store = postgresStore({ client: pool });
    await store.migrate?.();
    await store.create('a', record({ data: 'kept' }));
    await own.restart();
    expect((await store.read('a'))?.record.data).toBe('kept');
    await pool.end();
    await own.stop();
  });

  test.each([
    ['names in camel case', { transform: postgres.camel }],
    ['names in Pascal case', { transform: postgres.pascal }],
    ['integers as bigint', { types: { bigint: postgres.BigInt } }],
    ['no prepared statements', { prepare: false }],
  ])('postgres with %s', async (_, options) => {
    const table = newTable();
    const sql = postgres(url, { max: 1, onnotice: () => undefined, ...options });
    const store = postgresStore({ client: sql as unknown as PostgresClient, table });
    await store.migrate?.();
    const stored = record({ userId: 'u', ipAddress: '::1', userAgent: 'x' });
    const version = await store.create('a', stored);
    expect(await store.read('a')).toEqual({ record: stored, version });
    expect(await store.count?.()).toBe(1);
    await sql.unsafe(`drop table ${table}`);
    await sql.end();
  });

  test('pg leaves no prepared statement on the connection', async () => {
    const table = newTable();
    const client = new Client(url);
    await client.connect();
    const store = postgresStore({ client, table });
    await store.migrate?.();
    await store.create('a', record());
    expect((await client.query('select 1 from pg_prepared_statements')).rowCount).toBe(0);
    await client.query(`drop table ${table}`);
    await client.end();
  });

  test('without migrate the error of the client comes through', async () => {
    const pool = openPool();
    await expect(
      postgresStore({ client: pool, table: newTable() }).read('a'),
    ).rejects.toMatchObject({ code: '42P01' });
    await pool.end();
  });
});

test.each([
  'a"; drop table users; --',
  'a b',
  '',
  '1a',
  'a.b.c',
  'a.',
  '.a',
  'ä',
  `a${'b'.repeat(52)}`,
])('V-15 a table name that is not plain is refused: %j', (table) => {
  expect(() => postgresStore({ client: new Pool(), table })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});

test.each([
  ['missing', undefined],
  ['null', null],
  ['a connection string', 'postgres://localhost'],
  ['settings', { host: 'localhost' }],
  ['the module of postgres', postgres],
])('a client that is %s is refused', (_, client) => {
  expect(() => postgresStore({ client: client as unknown as PostgresClient })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
