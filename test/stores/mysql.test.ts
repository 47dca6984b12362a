import type { EventEmitter } from 'node:events';
import {
  createConnection as createMariadbConnection,
  createPool as createMariadbPool,
} from 'mariadb';
import { createPool as createMariadbCallbackPool } from 'mariadb/callback';
import { createPool, type Pool, type PoolOptions, type RowDataPacket } from 'mysql2/promise';
import { describe, expect, test, vi } from 'vitest';
import { startServer } from '../../scripts/servers/index.js';
import { type MysqlClient, mysqlStore } from '../../src/stores/mysql.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { entriesIn } from '../entries.js';
import { mysqlStores } from '../remote-stores/mysql.js';
import { sharedServer } from '../servers.js';
import { answers, clientSuite, emptied, newTable, raceSuite, record } from './sql-server.js';

const server = await sharedServer('mariadb');
const url = server.available ? server.url : '';

function openPool(settings: PoolOptions = {}): Pool {
  return createPool({ uri: url, connectionLimit: 4, ...settings });
}

/** A pool of mariadb, with settings in the form of a query string. */
function openMariadb(settings: string, uri = url): ReturnType<typeof createMariadbPool> {
  return createMariadbPool(`${uri.replace('mysql:', 'mariadb:')}?connectionLimit=2&${settings}`);
}

/** The server's address for another user, whose password is 'secret'. */
function urlOf(user: string): string {
  const address = new URL(url);
  address.username = user;
  address.password = 'secret';
  return address.href;
}

describe.skipIf(!server.available)('MariaDB', () => {
  clientSuite(mysqlStores, url);

  raceSuite('V-01 snapshot isolation, which refuses a row that changed', async (table, now) => {
    const pool = openMariadb(`initSql=${encodeURIComponent('set innodb_snapshot_isolation = on')}`);
    const store = mysqlStore({ client: pool, table, now });
    await store.migrate?.();
    return {
      store,
      second: mysqlStore({ client: pool, table, now }),
      remove: async () => {
        await pool.query(`drop table ${table}`);
        await pool.end();
      },
    };
  });

  describe('V-15 a user that may select, insert, update and delete, and nothing else', () => {
    storeSuite({
      test,
      rounds: 3,
      differences: { migrate: 'the user may not' },
      createStore: emptied(async (table, now) => {
        const user = `${table}_app@'127.0.0.1'`;
        const owner = openPool({ connectionLimit: 1 });
        await mysqlStore({ client: owner, table }).migrate?.();
        await owner.query(`create user ${user} identified by 'secret'`);
        await owner.query(`grant select, insert, update, delete on ${table} to ${user}`);
        const pool = createPool(urlOf(`${table}_app`));
        return {
          store: mysqlStore({ client: pool, table, now }),
          remove: async () => {
            await pool.end();
            await owner.query(`drop user ${user}`);
            await owner.query(`drop table ${table}`);
            await owner.end();
          },
        };
      }),
    });
  });

  test('V-15 tables of one name in two databases keep to themselves', async () => {
    const database = newTable();
    const table = newTable();
    const pool = openPool();
    await pool.query(`create database ${database}`);
    const stores = [`${database}.${table}`, table].map((name) =>
      mysqlStore({ client: pool, table: name }),
    );
    for (const [index, store] of stores.entries()) {
      await store.migrate?.();
      await store.create('a', record({ data: String(index) }));
    }
    await stores[1]?.clear?.();
    expect((await stores[0]?.read('a'))?.record.data).toBe('0');
    expect(await stores[1]?.read('a')).toBeUndefined();
    await pool.query(`drop database ${database}`);
    await pool.query(`drop table ${table}`);
    await pool.end();
  });

  test('V-15 values are bound, whatever the server makes of a backslash', async () => {
    const table = newTable();
    const pool = openPool({ connectionLimit: 1 });
    await pool.query("set sql_mode = 'NO_BACKSLASH_ESCAPES'");
    const store = mysqlStore({ client: pool, table });
    await store.migrate?.();
    await store.create('kept', record());
    expect(await store.destroy("\\' or 1 = 1 -- ")).toBe(false);
    expect(await store.count?.()).toBe(1);
    await pool.query(`drop table ${table}`);
    await pool.end();
  });

  test('an id and a user id of 200 characters fit in whatever form', async () => {
    const table = newTable();
    const pool = openPool();
    const store = mysqlStore({ client: pool, table });
    await store.migrate?.();
    const ids = ['\ud800'.repeat(200), `${'\ud800'.repeat(199)}\ud801`];
    for (const id of ids) await store.create(id, record({ userId: id, data: id }));
    for (const id of ids) {
      expect(await entriesIn(store, id)).toMatchObject([{ id, record: { userId: id, data: id } }]);
    }
    await pool.query(`drop table ${table}`);
    await pool.end();
  });

  test.each([
    ['mysql2', () => openPool({ flags: ['-FOUND_ROWS'] })],
    ['mariadb', () => openMariadb('foundRows=false')],
  ] as const)(
    '%s without FOUND_ROWS: a touch that moves nothing finds the record, and a refused create is refused',
    async (_, open) => {
      const table = newTable();
      const pool: {
        query(statement: string): Promise<unknown>;
        end(): Promise<void>;
      } & MysqlClient = open();
      const store = mysqlStore({ client: pool, table });
      await store.migrate?.();
      const stored = record();
      await store.create('a', stored);
      expect(await store.touch('a', stored.expiresAt, stored.touchedAt)).toBe(true);
      expect(await store.touch('b', stored.expiresAt, stored.touchedAt)).toBe(false);
      expect(await store.create('a', stored)).toBeUndefined();
      await pool.query(`drop table ${table}`);
      await pool.end();
    },
  );

  test.each([
    ['mysql2', () => openPool({ namedPlaceholders: true, rowsAsArray: true })],
    ['mysql2 with nestTables', () => openPool({ nestTables: true })],
    ['mariadb', () => openMariadb('namedPlaceholders=true&rowsAsArray=true')],
    ['mariadb with nestTables', () => openMariadb('nestTables=true')],
  ] as const)(
    '%s: what a pool was told of placeholders and rows changes nothing',
    async (_, open) => {
      const table = newTable();
      const pool: {
        query(statement: string): Promise<unknown>;
        end(): Promise<void>;
      } & MysqlClient = open();
      const store = mysqlStore({ client: pool, table });
      await store.migrate?.();
      const stored = record({ userId: 'ada' });
      const version = await store.create('a', stored);
      expect(await store.read('a')).toEqual({ record: stored, version });
      expect(await store.count?.()).toBe(1);
      await pool.query(`drop table ${table}`);
      await pool.end();
    },
  );

  test('prune passes over a row that somebody holds, and keeps to its limit', async () => {
    const table = newTable();
    const pool = openPool();
    const store = mysqlStore({ client: pool, table });
    await store.migrate?.();
    for (let number = 0; number < 20; number++)
      await store.create(`old-${number}`, record({ expiresAt: Date.now() - 1000 }));
    await store.create('live', record());
    const holder = await pool.getConnection();
    await holder.beginTransaction();
    await holder.query(`select 1 from ${table} where id = 'old-3' for update`);
    expect(await store.prune?.(Date.now(), 15)).toBe(15);
    expect(await store.prune?.(Date.now(), 15)).toBe(4);
    await holder.rollback();
    holder.release();
    expect(await store.prune?.(Date.now(), 15)).toBe(1);
    expect(await store.count?.()).toBe(1);
    await pool.query(`drop table ${table}`);
    await pool.end();
  });

  test('a statement that loses a deadlock is tried again', async () => {
    const table = newTable();
    const pool = openPool();
    const store = mysqlStore({ client: pool, table });
    await store.migrate?.();
    await store.create('first', record());
    await store.create('second', record());
    const other = await pool.getConnection();
    // Having changed more rows, the other one is spared.
    await other.query(`create table ${table}_heavy (number int primary key) engine = innodb`);
    await other.beginTransaction();
    await other.query(`insert into ${table}_heavy select seq from seq_1_to_1000`);
    await other.query(`select 1 from ${table} where id = 'second' for update`);
    const cleared = store.clear?.();
    await vi.waitUntil(
      async () => {
        const [rows] = await pool.query('select 1 from information_schema.innodb_lock_waits');
        return (rows as unknown[]).length > 0;
      },
      // InnoDB renews this table only when nobody asked for a tenth of a second.
      { timeout: 20_000, interval: 300 },
    );
    await other.query(`update ${table} set last_activity = 0 where id = 'first'`);
    await other.commit();
    other.release();
    await cleared;
    expect(await store.count?.()).toBe(0);
    await pool.query(`drop table ${table}, ${table}_heavy`);
    await pool.end();
  });

  test('F-09 connections that the server ends while idle do not end the process; the next call gets another', async () => {
    const table = newTable();
    const admin = openPool({ connectionLimit: 1 });
    const user = `${table}_app`;
    await admin.query(`create user ${user}@'127.0.0.1' identified by 'secret'`);
    await admin.query(`grant all on *.* to ${user}@'127.0.0.1'`);
    const pools = [openPool({ uri: urlOf(user) }), openMariadb('', urlOf(user))] as const;
    const stores = pools.map((client) => mysqlStore({ client, table }));
    await stores[0]?.migrate?.();
    for (let round = 0; round < 3; round++) {
      for (const store of stores) await answers(store);
      const [others] = await admin.query<RowDataPacket[]>(
        'select id from information_schema.processlist where user = ?',
        [user],
      );
      for (const { id } of others) await admin.query(`kill ${id}`);
    }
    for (const store of stores) await answers(store);
    await admin.query(`drop table ${table}`);
    await admin.query(`drop user ${user}@'127.0.0.1'`);
    for (const pool of [admin, ...pools]) await pool.end();
  });

  test('F-09 a server that restarts while nobody asks is found again', async () => {
    const own = await startServer('mariadb');
    const pools = [
      createPool(own.url),
      createMariadbPool(own.url.replace('mysql:', 'mariadb:')),
    ] as const;
    const stores = pools.map((client) => mysqlStore({ client }));
    await stores[0]?.migrate?.();
    await stores[0]?.create('a', record({ data: 'kept' }));
    expect((await stores[1]?.read('a'))?.record.data).toBe('kept');
    await own.restart();
    for (const store of stores) {
      const read = () => store.read('a').catch(() => undefined);
      await vi.waitUntil(async () => (await read())?.record.data === 'kept', { timeout: 20_000 });
    }
    for (const pool of pools) await pool.end();
    await own.stop();
  });

  test('an error of mariadb tells nothing of the session', async () => {
    const table = newTable();
    const pool = openMariadb('logParam=true');
    const failed = mysqlStore({ client: pool, table }).create(
      'a',
      record({ data: 'private', userId: 'private' }),
    );
    await expect(failed).rejects.toMatchObject({
      errno: 1146,
      message: expect.not.stringContaining('private'),
    });
    await pool.end();
  });

  test('a single connection of mariadb does as well', async () => {
    const table = newTable();
    const connection = await createMariadbConnection(url.replace('mysql:', 'mariadb:'));
    const store = mysqlStore({ client: connection, table });
    await store.migrate?.();
    expect(await store.create('a', record())).toBeDefined();
    await connection.query(`drop table ${table}`);
    await connection.end();
  });
});

test('prune gives its limit as text: mysql2 sends a number as a floating-point one, which MySQL 8.0.22 does not take there', async () => {
  const given: unknown[] = [];
  const client = {
    execute: async (_statement: object, values: readonly unknown[]) => {
      given.push(...values);
      return [{ affectedRows: 0 }, undefined];
    },
  };
  await mysqlStore({ client }).prune?.(1000, 250);
  expect(given).toEqual([1000, '250']);
});

test.each([
  'a`; drop table users; --',
  'a b',
  '',
  '1a',
  'a.b.c',
  'a.',
  '.a',
  'ä',
  `a${'b'.repeat(52)}`,
])('V-15 a table name that is not plain is refused: %j', (table) => {
  const client = { execute: async () => [] };
  expect(() => mysqlStore({ client, table })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});

test.each([
  ['missing', undefined],
  ['null', null],
  ['a connection string', 'mysql://localhost'],
  ['settings', { host: 'localhost' }],
])('a client that is %s is refused', (_, client) => {
  expect(() => mysqlStore({ client: client as unknown as MysqlClient })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});

test('a pool of mariadb/callback is refused: it gives no promises', async () => {
  const pool = createMariadbCallbackPool({ host: '127.0.0.1', port: 1 });
  (pool as unknown as EventEmitter).on('error', () => undefined);
  expect(() => mysqlStore({ client: pool as unknown as MysqlClient })).toThrow(
    'not of mariadb/callback',
  );
  await new Promise<void>((resolve) => pool.end(() => resolve()));
});
