import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLOCK_SKEW } from '../../src/core/expiry.js';
import type { SessionRecord } from '../../src/stores/contract.js';
import { findSqlite, type OwnSqliteDatabase } from '../../src/stores/sql/sqlite-clients.js';
import { type SqliteDatabase, sqliteAvailable, sqliteStore } from '../../src/stores/sqlite.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { expectExactIncrements } from './increments.js';

type SqliteClass = new (file: string) => OwnSqliteDatabase;

const load = createRequire(import.meta.url);
const newest = createRequire(new URL('../frameworks/package.json', import.meta.url));
const node = Number.parseInt(process.versions.node, 10);

interface Client {
  name: string;
  /** Why it cannot be tested here. */
  missing: string | undefined;
  load: () => SqliteClass;
}

const clients: Client[] = [
  {
    name: 'node:sqlite',
    missing: node < 22 ? 'comes with Node 22.13' : undefined,
    load: () =>
      (process.getBuiltinModule('node:sqlite') as unknown as { DatabaseSync: SqliteClass })
        .DatabaseSync,
  },
  {
    name: 'better-sqlite3',
    missing: node < 22 ? 'version 13 needs Node 22' : undefined,
    load: () => newest('better-sqlite3') as SqliteClass,
  },
  { name: 'libsql', missing: undefined, load: () => load('libsql') as SqliteClass },
];

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sojourn-sqlite-'));
  file = join(folder, 'made', 'sessions.sqlite');
});
afterEach(() => rm(folder, { recursive: true }));

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return {
    data: '{"views":1}',
    createdAt: now,
    touchedAt: now,
    expiresAt: now + 3_600_000,
    ...fields,
  };
}

describe.each(clients)('$name', ({ missing, load: loadClass }) => {
  if (missing !== undefined) {
    test.skip(`not here: ${missing}`, () => undefined);
    return;
  }

  function openDatabase(): OwnSqliteDatabase {
    const database = new (loadClass())(join(folder, 'own.sqlite'));
    database.exec('pragma journal_mode = wal; pragma synchronous = normal');
    return database;
  }

  storeSuite({
    test,
    createStore: async ({ now }) => {
      const databases = [openDatabase(), openDatabase()] as const;
      const [store, second] = [
        sqliteStore({ database: databases[0], now }),
        sqliteStore({ database: databases[1], now }),
      ];
      await store.migrate?.();
      return {
        store,
        second,
        cleanup: async () => {
          for (const database of databases) database.close();
        },
      };
    },
  });

  test('a database that was passed in gets no table without migrate, and stays open', async () => {
    const database = openDatabase();
    const store = sqliteStore({ database });
    await store.close?.();
    await expect(store.read('a')).rejects.toThrow('no such table: sessions');
    await store.migrate?.();
    await store.migrate?.();
    expect(await store.read('a')).toBeUndefined();
    database.close();
  });

  test('F-05 writes that another connection kept out leave no old view of the database behind', async () => {
    const Database = loadClass();
    const path = join(folder, 'shared.sqlite');
    const [database, other] = [new Database(path), new Database(path)];
    for (const each of [database, other])
      each.exec('pragma busy_timeout = 0; pragma journal_mode = wal');
    const store = sqliteStore({ database, pruneInterval: false });
    const neighbour = sqliteStore({ database: other, pruneInterval: false });
    await store.migrate?.();
    const first = (await store.create('id', record({ data: 'first' }))) ?? 0;

    other.exec('begin immediate');
    const locked = [
      store.update('id', record({ data: 'kept out' }), first),
      store.create('kept out', record()),
      store.destroy('id', first),
    ];
    for (const { status } of await Promise.allSettled(locked)) expect(status).toBe('rejected');
    other.exec('commit');

    expect(await neighbour.update('id', record({ data: 'second' }), first)).toBeDefined();
    const found = await store.read('id');
    expect(found?.record.data).toBe('second');
    expect(await store.create('now', record())).toBeDefined();
    expect(await store.destroy('id', found?.version)).toBe(true);
    expect(await neighbour.read('id')).toBeUndefined();
    database.close();
    other.close();
  });

  test('V-15 ids and data with quotes are bound; a table of that name is untouched', async () => {
    const database = openDatabase();
    const store = sqliteStore({ database });
    await store.migrate?.();
    database.exec('create table users (name text)');
    const hostile = `'; drop table users; -- " \\ $1 ?`;
    await store.create(hostile, record({ data: hostile, userId: hostile }));
    expect((await store.read(hostile))?.record).toMatchObject({ data: hostile, userId: hostile });
    expect(await store.destroy(`' or '1' = '1`)).toBe(false);
    expect(database.prepare('select count(*) as rows from users').all()).toMatchObject([
      { rows: 0 },
    ]);
    database.close();
  });

  test('V-15 two tables, one in an attached database, keep to themselves', async () => {
    const database = openDatabase();
    database.exec(`attach '${join(folder, 'second.sqlite')}' as other`);
    const stores = ['visits', 'other.visits'].map((table) => sqliteStore({ database, table }));
    for (const [index, store] of stores.entries()) {
      await store.migrate?.();
      await store.create('a', record({ data: String(index) }));
    }
    await stores[0]?.clear?.();
    expect(await stores[0]?.read('a')).toBeUndefined();
    expect((await stores[1]?.read('a'))?.record.data).toBe('1');
    database.close();
  });
});

/** How often a timer ran while `task` went on. */
async function ticksDuring<Result>(task: Promise<Result>): Promise<[Result, number]> {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  try {
    return [await task, ticks];
  } finally {
    clearInterval(timer);
  }
}

describe("another process's lock", () => {
  /** A second connection that holds the lock of the file. */
  function lock(): { release(): void } {
    const Database = findSqlite();
    const other = new Database(file);
    other.exec('begin immediate');
    return {
      release() {
        other.exec('commit');
        other.close();
      },
    };
  }

  test('is waited for while the event loop goes on, and writes come in their order', async () => {
    const store = sqliteStore({ file });
    const version = await store.create('a', record());
    const held = lock();
    const order: string[] = [];
    const note =
      (name: string) =>
      <Result>(result: Result): Result => {
        order.push(name);
        return result;
      };
    const writes = Promise.all([
      store.create('b', record()).then(note('create')),
      store.touch('a', Date.now() + 7_200_000, Date.now()).then(note('touch')),
      store.update('a', record({ data: 'next' }), version ?? 0).then(note('update')),
      store.destroy('b').then(note('destroy')),
    ]);
    expect((await store.read('a'))?.record.data).toBe('{"views":1}');
    let ticks = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (++ticks < 20) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    expect(order).toEqual([]);
    held.release();
    expect(await writes).toEqual([expect.any(Number), true, expect.any(Number), true]);
    expect(order).toEqual(['create', 'touch', 'update', 'destroy']);
    await store.close?.();
  });

  test('that is not let go of fails all who wait after one deadline', async () => {
    const store = sqliteStore({ file });
    const held = lock();
    const began = performance.now();
    const [outcomes, ticks] = await ticksDuring(
      Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => store.create(`${index}`, record())),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(Array(20).fill('rejected'));
    expect(String((outcomes[0] as PromiseRejectedResult).reason)).toMatch(/locked/);
    expect(performance.now() - began).toBeGreaterThan(1400);
    expect(ticks).toBeGreaterThan(50);
    held.release();
    expect(await store.create('0', record())).toBeDefined();
    await store.close?.();
  });
});

describe('a file that others could have filled', () => {
  const nobody = 65_534;

  test.skipIf(process.getuid?.() !== 0)('of another user is refused', async () => {
    await sqliteStore({ file }).close?.();
    await chown(file, nobody, nobody);
    expect(() => sqliteStore({ file })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(file) }),
    );
  });

  test.skipIf(process.getuid?.() !== 0)('with a log of another user is refused', async () => {
    await sqliteStore({ file }).close?.();
    await writeFile(`${file}-wal`, '');
    await chown(`${file}-wal`, nobody, nobody);
    expect(() => sqliteStore({ file })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('-wal') }),
    );
  });

  test('that every user may write to, or replace, is refused', async () => {
    await sqliteStore({ file }).close?.();
    await chmod(file, 0o666);
    expect(() => sqliteStore({ file })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
    await chmod(file, 0o600);
    await chmod(join(folder, 'made'), 0o777);
    expect(() => sqliteStore({ file })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
    await chmod(join(folder, 'made'), 0o1777);
    await sqliteStore({ file }).close?.();
  });
});

describe('a file of its own', () => {
  storeSuite({
    test,
    createStore: async ({ now }) => {
      const [store, second] = [sqliteStore({ file, now }), sqliteStore({ file, now })];
      return {
        store,
        second,
        cleanup: async () => {
          await store.close?.();
          await second.close?.();
        },
      };
    },
  });

  test('V-02 three processes increment one number: none is lost', async () => {
    const store = sqliteStore({ file });
    await expectExactIncrements(store, { kind: 'sqlite', path: file });
    await store.close?.();
  });

  test('is made with its folder and table for this user only, and kept after close', async () => {
    const store = sqliteStore({ file });
    await store.create('a', record({ data: 'kept' }));
    expect((await stat(join(folder, 'made'))).mode & 0o777).toBe(0o700);
    for (const suffix of ['', '-wal', '-shm'])
      expect((await stat(file + suffix)).mode & 0o777).toBe(0o600);
    await store.close?.();
    await store.close?.();
    const again = sqliteStore({ file });
    expect((await again.read('a'))?.record.data).toBe('kept');
    await again.close?.();
  });

  test('that cannot be opened is an error at once', () => {
    expect(() => sqliteStore({ file: join(folder) })).toThrow('EISDIR');
  });
});

test('sqliteAvailable: libsql is installed for the tests', () => {
  expect(sqliteAvailable()).toBe(true);
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
  "a'",
  `a${'b'.repeat(63)}`,
])('V-15 a table name that is not plain is refused: %j', (table) => {
  expect(() => sqliteStore({ file, table })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});

test.each([
  ['nothing of the kind', {}],
  ['a client that answers with promises', { prepare: async () => ({}) }],
  [
    'a client that answers with callbacks',
    { prepare: () => ({ run: () => undefined, all: () => undefined }) },
  ],
])('a database that is %s is refused', (_, database) => {
  expect(() => sqliteStore({ database: database as unknown as SqliteDatabase })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});

describe('F-08 expired records are deleted', () => {
  const TABLE = 'sessions';
  let database: OwnSqliteDatabase;
  beforeEach(() => {
    database = new (findSqlite())(':memory:');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
    database.close();
  });

  const rows = (): number => database.prepare(`select id from ${TABLE}`).all().length;
  const elapse = (milliseconds: number): Promise<unknown> =>
    vi.advanceTimersByTimeAsync(milliseconds);

  async function fill(store: ReturnType<typeof sqliteStore>, count: number): Promise<void> {
    await store.migrate?.();
    for (let index = 0; index < count; index++)
      await store.create(`old ${index}`, record({ expiresAt: Date.now() - CLOCK_SKEW - 1 }));
  }

  test('within ten minutes of a new one, a hundred at a time, with pauses between', async () => {
    const store = sqliteStore({ database });
    await fill(store, 250);
    await store.create('new', record());
    await elapse(299_999);
    expect(rows()).toBe(251);
    await vi.advanceTimersToNextTimerAsync();
    expect(rows()).toBe(151);
    await elapse(49);
    expect(rows()).toBe(151);
    await elapse(1);
    expect(rows()).toBe(51);
    await elapse(50);
    expect(rows()).toBe(1);
    // Once more, for records that were created meanwhile; then nobody creates any.
    expect(vi.getTimerCount()).toBe(1);
    await elapse(600_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('at a moment of its own, in the second half of the interval', async () => {
    const delays = vi.spyOn(globalThis, 'setTimeout');
    for (let index = 0; index < 50; index++) {
      const store = sqliteStore({ database, pruneInterval: '1h' });
      await fill(store, 1);
      await store.close?.();
    }
    const chosen = delays.mock.calls.map(([, delay]) => Number(delay));
    expect(new Set(chosen).size).toBeGreaterThan(40);
    for (const delay of chosen) {
      expect(delay).toBeGreaterThanOrEqual(1_800_000);
      expect(delay).toBeLessThanOrEqual(3_600_000);
    }
  });

  test('never with pruneInterval: false, and not after close', async () => {
    await fill(sqliteStore({ database, pruneInterval: false }), 1);
    expect(vi.getTimerCount()).toBe(0);
    const store = sqliteStore({ database });
    await fill(store, 1);
    await store.close?.();
    expect(vi.getTimerCount()).toBe(0);
    await store.create('new', record());
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a failure warns the process, and the next new record brings another try', async () => {
    const warnings: string[] = [];
    const listen = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', listen);
    const store = sqliteStore({ database });
    await fill(store, 1);
    database.exec(`alter table ${TABLE} rename to elsewhere`);
    await elapse(600_000);
    database.exec(`alter table elsewhere rename to ${TABLE}`);
    expect(rows()).toBe(1);
    await vi.waitUntil(() => warnings.length > 0);
    expect(warnings).toEqual([
      expect.stringContaining('of the sqlite store failed: no such table'),
    ]);
    process.off('warning', listen);
    await store.create('new', record());
    await elapse(600_000);
    expect(rows()).toBe(1);
    expect(await store.read('new')).toBeDefined();
  });

  test.each([0, -1, 'soon', true, null])('an interval of %j is refused', (pruneInterval) => {
    expect(() => sqliteStore({ database, pruneInterval: pruneInterval as never })).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining('pruneInterval is '),
      }),
    );
  });
});
