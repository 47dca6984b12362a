import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { MemoryStore } from 'express-session';
import { Redis } from 'ioredis';
import { Keyv } from 'keyv';
import { createPool as createMariadbPool } from 'mariadb';
import { Memcache } from 'memcache';
import { Client as Memjs } from 'memjs';
import { MongoClient } from 'mongodb';
import { createPool } from 'mysql2';
import { createPool as createPoolWithPromises } from 'mysql2/promise';
import { Client, Pool } from 'pg';
import postgres from 'postgres';
import { createClient } from 'redis';
import { createStorage } from 'unstorage';
import memoryDriver from 'unstorage/drivers/memory';
import { afterAll, describe, expect, test } from 'vitest';
import { fromConnect, toConnect } from '../../src/bridges/connect.js';
import { fromFort, toFort } from '../../src/bridges/fort.js';
import { fromHandler, toHandler } from '../../src/bridges/handler.js';
import { keyvStore } from '../../src/bridges/keyv.js';
import { fromSimples, toSimples } from '../../src/bridges/simples.js';
import { unstorageStore } from '../../src/bridges/unstorage.js';
import { dynamodbStore } from '../../src/stores/dynamodb.js';
import { fileStore } from '../../src/stores/file.js';
import { memcachedStore } from '../../src/stores/memcached.js';
import { memoryStore } from '../../src/stores/memory.js';
import { mongodbStore } from '../../src/stores/mongodb.js';
import { mysqlStore } from '../../src/stores/mysql.js';
import { postgresStore } from '../../src/stores/postgres.js';
import { redisStore } from '../../src/stores/redis.js';
import { findSqlite } from '../../src/stores/sql/sqlite-clients.js';
import { sqliteStore } from '../../src/stores/sqlite.js';
import { tieredStore } from '../../src/stores/tiered.js';

type Factory = (options?: unknown) => unknown;

/** Every factory that takes a client, and the option that holds it. */
const TAKING: Readonly<Record<string, readonly [option: string, factory: unknown]>> = {
  redisStore: ['client', redisStore],
  postgresStore: ['client', postgresStore],
  mysqlStore: ['client', mysqlStore],
  sqliteStore: ['database', sqliteStore],
  mongodbStore: ['collection', mongodbStore],
  dynamodbStore: ['client', dynamodbStore],
  memcachedStore: ['client', memcachedStore],
  keyvStore: ['keyv', keyvStore],
  unstorageStore: ['storage', unstorageStore],
};

const mysql = createPool({});
const mariadb = createMariadbPool({ host: '127.0.0.1', port: 1, minimumIdle: 0 });
const ioredis = new Redis({ lazyConnect: true });
const mongo = new MongoClient('mongodb://127.0.0.1:1');
const memjs = Memjs.create('127.0.0.1:1');
const dynamodb = new DynamoDB({ region: 'local' });
const sqlite = new (findSqlite())(':memory:');

/** A client of each library, by the factory that takes it. */
const CLIENTS: readonly (readonly [factory: string, library: string, client: unknown])[] = [
  ['redisStore', 'redis', createClient()],
  ['redisStore', 'ioredis', ioredis],
  ['postgresStore', 'pg', new Pool()],
  ['postgresStore', 'postgres', postgres('postgres://127.0.0.1:1/x')],
  ['mysqlStore', 'mysql2', mysql],
  ['mysqlStore', 'mysql2/promise', createPoolWithPromises({})],
  ['mysqlStore', 'mariadb', mariadb],
  ['sqliteStore', 'SQLite', sqlite],
  ['mongodbStore', 'mongodb', mongo.db('x').collection('x')],
  ['mongodbStore', 'a client of mongodb', mongo],
  ['mongodbStore', 'a database of mongodb', mongo.db('x')],
  ['dynamodbStore', 'lib-dynamodb', DynamoDBDocument.from(dynamodb)],
  ['dynamodbStore', 'client-dynamodb', dynamodb],
  ['memcachedStore', 'memjs', memjs],
  ['memcachedStore', 'memcache', new Memcache()],
  ['keyvStore', 'keyv', new Keyv({ throwOnErrors: true })],
  ['unstorageStore', 'unstorage', createStorage()],
  ['createSessions', 'Sojourn', memoryStore()],
  ['fromConnect', 'express-session', new MemoryStore()],
];

afterAll(async () => {
  mysql.end();
  memjs.close();
  await mariadb.end();
});

/** What a factory says when it refuses its options. */
function refusal(factory: unknown, ...options: readonly unknown[]): string {
  try {
    (factory as Factory)(...(options as [unknown]));
  } catch (error) {
    expect(error).toMatchObject({ name: 'SessionError', code: 'invalid-option' });
    return (error as Error).message;
  }
  return 'taken';
}

describe.each(Object.entries(TAKING))('%s', (name, [option, factory]) => {
  const give = (client: unknown): string => refusal(factory, { [option]: client });
  const isOptional = name === 'sqliteStore';

  test.skipIf(isOptional)('without options, and with the client in place of them', () => {
    const call = `${option} is missing. Write ${name}({ ${option} }).`;
    for (const options of [undefined, null, {}, 'redis://ann:hush@host', ioredis])
      expect(refusal(factory, options)).toBe(call);
  });

  test('a client that is missing, or no client', () => {
    if (!isOptional) expect(give(undefined)).toMatch(new RegExp(`^${option} is missing. Give `));
    expect(give(null)).toMatch(new RegExp(`^${option} is missing. Give `));
    expect(give(Promise.resolve(1))).toMatch(/ is a promise. Await it first. Give /);
    expect(give(class Store {})).toMatch(/ is the class Store, not an object of it. Give /);
    expect(give(new Map())).toMatch(/ is a Map. Give /);
    expect(give({ host: 'localhost' })).toMatch(/ is not what it should be. Give /);
    expect(give(7)).toMatch(/ is a number. Give /);
    const text = give('redis://ann:hush@host');
    expect(text).toMatch(/ is a text, not a client. Give /);
    expect(text).not.toContain('hush');
  });

  test.each(CLIENTS.filter(([taker]) => taker !== name))(
    'a client for %s: %s',
    (taker, _, client) => {
      expect(give(client)).toMatch(
        new RegExp(`^${option} is of [^.]*, which ${taker} takes. Give `),
      );
    },
  );

  test('options that there are not, and a clock that is none', () => {
    const client = CLIENTS.find(([taker]) => taker === name)?.[2];
    const options = { [option]: client };
    expect(refusal(factory, { ...options, ttl: 1 })).toContain(
      `There is no option 'ttl' of ${name}.`,
    );
    expect(refusal(factory, { ...options, now: 5 })).toBe('now is 5. Leave it out.');
    expect(refusal(factory, options)).toBe('taken');
  });
});

test('mongodbStore tells the way from a client and a database to a collection', () => {
  for (const collection of [mongo, mongo.db('x')])
    expect(refusal(mongodbStore, { collection })).toMatch(
      /collection is a (MongoClient|Db)\. .* client\.db\(\)\.collection\('sessions'\)/,
    );
});

test('dynamodbStore tells a document from the clients below it', () => {
  for (const client of [dynamodb, DynamoDBDocumentClient.from(dynamodb)])
    expect(refusal(dynamodbStore, { client })).toMatch(
      /client is a Dynamo\w+\. .* DynamoDBDocument\.from\(new DynamoDB\(\)\)/,
    );
  const client = DynamoDBDocument.from(dynamodb);
  expect(refusal(dynamodbStore, { client, database: client })).toContain(
    'Give the DynamoDB that client was made from',
  );
  expect(refusal(dynamodbStore, { client, table: 5 })).toContain('table is 5');
});

test('unstorageStore tells a storage from its driver', () => {
  expect(refusal(unstorageStore, { storage: memoryDriver() })).toContain('not its driver');
});

test('texts that are no texts', () => {
  const [redis, sql, cache] = [createClient(), new Pool(), memjs];
  expect(refusal(redisStore, { client: redis, prefix: 5 })).toContain('prefix is 5.');
  expect(refusal(memcachedStore, { client: cache, prefix: null })).toContain('prefix is null.');
  expect(refusal(postgresStore, { client: sql, table: 5 })).toContain('table is 5.');
});

test('fileStore: no folder, and words for true and false', () => {
  const call = 'directory is missing. Write fileStore({ directory }).';
  expect(refusal(fileStore)).toBe(call);
  expect(refusal(fileStore, 'storage/sessions')).toBe(call);
  for (const directory of [undefined, '', 5, new URL('file:///tmp')])
    expect(refusal(fileStore, { directory })).toContain("Give the path of a folder: 'storage/");
  expect(refusal(fileStore, { directory: 'x', durable: 'yes' })).toContain('durable is a text.');
  expect(refusal(fileStore, { directory: 'x', durabel: true })).toContain("no option 'durabel'");
});

test('sqliteStore: no file, a file beside a database, a database that is closed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-'));
  const before = process.cwd();
  process.chdir(folder);
  try {
    expect(refusal(sqliteStore, { file: ':memory:' })).toContain('take memoryStore()');
    expect(refusal(sqliteStore, { file: '' })).toContain('names no file');
    expect(refusal(sqliteStore, { file: 5 })).toContain('file is 5.');
    expect(refusal(sqliteStore, { file: 'a', database: sqlite })).toContain('Give one of both.');
    const closed = new (findSqlite())(':memory:');
    closed.close();
    expect(refusal(sqliteStore, { database: closed })).toContain('Give an open DatabaseSync');
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
});

test('memoryStore and tieredStore', () => {
  expect(refusal(memoryStore, { max: 5 })).toContain("no option 'max' of memoryStore");
  expect(refusal(memoryStore, null)).toContain('The options are: capacity, maxBytes, now, warn.');
  expect(refusal(memoryStore, { warn: 'no' })).toContain('warn is a text.');
  const near = memoryStore();
  expect(refusal(tieredStore, { near })).toMatch(/^far is missing. Give a memoryStore\(\) as near/);
  expect(refusal(tieredStore, { near, far: near })).toContain('near and far are the same store.');
  expect(refusal(tieredStore, { near, far: ioredis })).toContain('which redisStore takes');
  expect(refusal(tieredStore, { near, far: memoryStore(), ttl: 5 })).toContain("no option 'ttl'");
});

test.each([
  ['fromConnect', fromConnect, new MemoryStore()],
  ['toConnect', toConnect, memoryStore()],
  ['fromFort', fromFort, class {}],
  ['toFort', toFort, memoryStore()],
  ['fromSimples', fromSimples, new Proxy({}, { get: () => () => undefined })],
  ['toSimples', toSimples, memoryStore()],
  ['fromHandler', fromHandler, new Proxy({}, { get: () => () => undefined })],
  ['toHandler', toHandler, memoryStore()],
])('%s checks what it bridges and its options', (name, factory, given) => {
  expect(refusal(factory, undefined)).not.toBe('taken');
  expect(refusal(factory, ioredis)).not.toBe('taken');
  expect(refusal(factory, given, { ttl: 5 })).toContain(`There is no option 'ttl' of ${name}.`);
  expect(refusal(factory, given, { now: 5 })).toBe('now is 5. Leave it out.');
  expect(refusal(factory, given, 5)).toContain(`The options of ${name} are not an object.`);
  expect(refusal(factory, given, {})).toBe('taken');
});

test('a Client of pg that nobody connects fails at once, not by a deadline', async () => {
  const store = postgresStore({ client: new Client() });
  await expect(store.read('a')).rejects.toMatchObject({
    code: 'store-failed',
    message: expect.stringContaining('Call `await client.connect()`'),
  });
});

test('a client that answers in another way is refused with its first answer', async () => {
  const rows = { query: async () => [] as unknown as { rows: []; rowCount: 0 } };
  const wrong = { code: 'invalid-option', message: expect.stringMatching(/^client is /) };
  await expect(postgresStore({ client: rows }).read('a')).rejects.toMatchObject(wrong);
  const results = { execute: async () => ({ rowsAffected: 1 }) };
  await expect(mysqlStore({ client: results }).destroy('a')).rejects.toMatchObject(wrong);
});
