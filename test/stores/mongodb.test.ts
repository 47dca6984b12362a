import { type BSONSerializeOptions, type Collection, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import { type MongodbCollection, mongodbStore } from '../../src/stores/mongodb.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { countUp } from '../processes/count-up.js';
import { finished, start } from '../processes/run.js';
import { mongodbStores } from '../remote-stores/mongodb.js';
import { sharedServer } from '../servers.js';
import { idsOf, listOf, sessionsOf, testTouches } from './pages.js';

const server = await sharedServer('mongodb');
const url = server.available ? server.url : '';
const HOUR = 3_600_000;

let spaces = 0;

function freshSpace(): string {
  return `test_${process.pid}_${++spaces}`;
}

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return { data: '{"views":1}', createdAt: now, touchedAt: now, expiresAt: now + HOUR, ...fields };
}

describe.skipIf(!server.available).each(mongodbStores)('$name', ({ open }) => {
  storeSuite({
    test,
    differences: { close: 'the collection was passed in' },
    createStore: async ({ now }) => {
      const space = freshSpace();
      const [first, second] = [await open(url, { space, now }), await open(url, { space, now })];
      return {
        store: first.store,
        second: second.store,
        cleanup: async () => {
          await second.close();
          await first.remove();
        },
      };
    },
  });

  async function use(act: (store: SessionStore) => Promise<void>): Promise<void> {
    const { store, remove } = await open(url, { space: freshSpace() });
    await act(store).finally(remove);
  }

  testTouches(use);
});

describe.skipIf(!server.available)('mongodb', () => {
  let client: MongoClient;
  let collection: Collection;
  let store: SessionStore<string>;

  beforeAll(() => {
    client = new MongoClient(url);
  });
  beforeEach(() => {
    collection = client.db('sojourn').collection(freshSpace());
    store = mongodbStore({ collection });
    return async () => {
      await collection.drop();
    };
  });
  afterAll(() => client.close());

  test('V-02 three processes increment one number: none is lost', async () => {
    const times = process.env.SOJOURN_LONG === '1' ? 3000 : 100;
    await store.create('counter', record({ data: '0' }));
    const argument = { url, collection: collection.collectionName, id: 'counter', times };
    const children = await Promise.all([1, 2].map(() => start('count-up-mongodb.js', argument)));
    for (const child of children) child.send('go');
    await countUp(store, 'counter', times);
    await Promise.all(children.map(finished));
    expect((await store.read('counter'))?.record.data).toBe(String(3 * times));
  });

  test('V-16 text that looks like an operator is an id, a user and data like any other', async () => {
    const hostile = ['{"$gt":""}', '$where', '{"$ne":null}', 'a.$[]', '$$ROOT', '__proto__'];
    for (const text of hostile) await store.create(text, record({ data: text, userId: text }));
    for (const text of hostile) {
      expect((await store.read(text))?.record).toMatchObject({ data: text, userId: text });
      expect(await idsOf(sessionsOf(store, text))).toEqual([text]);
    }
    expect(await store.destroy('{"$gt":""}')).toBe(true);
    expect(await store.count?.()).toBe(hostile.length - 1);
  });

  const objects: readonly object[] = [
    { $gt: '' },
    { $ne: null },
    { $exists: true },
    { $regex: '.*' },
    { $in: ['a'] },
  ];
  test.for(objects)(
    'V-16 an object in place of an id, a user or a version matches nothing: %j',
    async (object) => {
      const hostile = object as unknown as string;
      const version = await store.create('a', record({ userId: 'ada' }));
      expect(await store.read(hostile)).toBeUndefined();
      expect(await store.update(hostile, record({ data: 'taken' }), version!)).toBeUndefined();
      expect(await store.update('a', record({ data: 'taken' }), hostile)).toBeUndefined();
      expect(await store.touch(hostile, Date.now() + 2 * HOUR, Date.now())).toBe(false);
      expect(await store.destroy(hostile)).toBe(false);
      expect(await store.destroy('a', hostile)).toBe(false);
      expect(await idsOf(sessionsOf(store, hostile))).toEqual([]);
      expect((await store.read('a'))?.record.data).toBe('{"views":1}');
    },
  );

  test('documents have text, dates and nothing else; what is not known is not there', async () => {
    const sample = record({ userId: 'ada' });
    const version = await store.create('a', sample);
    expect(await collection.find().toArray()).toEqual([
      {
        _id: 'a',
        version,
        data: sample.data,
        userId: 'ada',
        createdAt: new Date(sample.createdAt),
        touchedAt: new Date(sample.touchedAt),
        expiresAt: new Date(sample.expiresAt),
      },
    ]);
  });

  test('what something else wrote is absent, and hides no session from a list', async () => {
    const expiresAt = new Date(Date.now() + HOUR);
    await collection.insertMany([
      { _id: 'a' as never, userId: 'ada', expiresAt },
      { _id: 'b' as never, userId: 'ada', version: 1, data: {}, expiresAt },
    ]);
    await store.create('c', record({ userId: 'ada' }));
    for (const id of ['a', 'b']) expect(await store.read(id)).toBeUndefined();
    expect(await idsOf(listOf(store))).toEqual(['c']);
    expect(await idsOf(sessionsOf(store, 'ada'))).toEqual(['c']);
  });

  test('migrate makes a TTL index that sweeps an hour late, and one by user, which finds the sessions of one among many', async () => {
    await store.migrate?.();
    expect(await collection.indexes()).toMatchObject([
      { key: { _id: 1 } },
      { key: { expiresAt: 1 }, expireAfterSeconds: 3600 },
      { key: { userId: 1, _id: 1 } },
      {
        key: { createdAt: 1, expiresAt: 1 },
        partialFilterExpression: { createdAt: { $eq: new Date(0) } },
      },
    ]);
    const expiresAt = new Date(Date.now() + HOUR);
    const many = Array.from({ length: 1000 }, (_, index) => ({
      _id: `${index}` as never,
      userId: `user-${index % 500}`,
      expiresAt,
    }));
    await collection.insertMany(many);
    const { executionStats } = await collection
      .find({
        userId: { $eq: 'user-7' },
        _id: { $gt: '' as never },
        expiresAt: { $gt: new Date() },
        createdAt: { $ne: new Date(0) },
      })
      .sort({ _id: 1 })
      .limit(100)
      .explain('executionStats');
    expect(executionStats).toMatchObject({ nReturned: 2, totalDocsExamined: 2 });
  });

  test('count reads indexes only, however many records moved', async () => {
    await store.migrate?.();
    for (let index = 0; index < 30; index++)
      await store.create(`${index}`, record(index % 3 === 0 ? { createdAt: 0 } : {}));
    const expiresAt = { $gt: new Date() };
    for (const [filter, keys] of [
      [{ expiresAt }, 31],
      [{ expiresAt, createdAt: { $eq: new Date(0) } }, 11],
    ] as const) {
      const explained = await collection
        .aggregate([{ $match: filter }, { $group: { _id: 1, n: { $sum: 1 } } }])
        .explain('executionStats');
      const [{ $cursor = explained } = {}] = explained.stages ?? [{}];
      expect($cursor.executionStats.totalDocsExamined).toBe(0);
      expect($cursor.executionStats.totalKeysExamined).toBeLessThanOrEqual(keys);
    }
    expect(await store.count?.()).toBe(20);
  });

  test('every read asks the primary and every write the majority, whatever the client was told', async () => {
    const weak = new MongoClient(url, {
      monitorCommands: true,
      w: 0,
      readPreference: 'secondaryPreferred',
    });
    const commands: Record<string, unknown>[] = [];
    weak.on('commandStarted', ({ commandName, command }) =>
      commands.push({ commandName, ...command }),
    );
    const careful = mongodbStore({
      collection: weak.db('sojourn').collection(collection.collectionName),
    });
    const version = await careful.create('a', record());
    expect(await careful.create('a', record())).toBeUndefined();
    expect(await careful.update('a', record(), 'stale')).toBeUndefined();
    expect(await careful.update('a', record(), version!)).toEqual(expect.any(String));
    expect(await careful.touch('a', Date.now() + HOUR, Date.now())).toBe(true);
    await careful.read('a');
    await careful.count?.();
    await idsOf(listOf(careful));
    await idsOf(sessionsOf(careful, 'a'));
    await careful.prune?.(Date.now() + 2 * HOUR, 10);
    await careful.destroy('a');
    await careful.clear?.();
    await weak.close();

    const writes = commands.filter(
      ({ commandName }) => commandName === 'update' || commandName === 'delete',
    );
    expect(writes).toHaveLength(8);
    for (const { writeConcern } of writes) expect(writeConcern).toEqual({ w: 'majority' });
    const reads = commands.filter(
      ({ commandName }) => commandName === 'find' || commandName === 'aggregate',
    );
    expect(reads).toHaveLength(6);
    // A single server is told 'primaryPreferred' when nothing else was asked for.
    for (const { $readPreference } of reads)
      expect($readPreference).not.toEqual({ mode: 'secondaryPreferred' });
  });

  test('a session over 16 MiB is too-large, and what is stored stays', async () => {
    const limit = 16 * 1024 * 1024 - 1024;
    const version = await store.create('a', record({ data: 'before' }));
    for (const data of ['x'.repeat(limit + 1), '漢'.repeat(limit / 3 + 1)]) {
      await expect(store.update('a', record({ data }), version!)).rejects.toMatchObject({
        code: 'too-large',
      });
      await expect(store.create('b', record({ data }))).rejects.toMatchObject({
        code: 'too-large',
      });
    }
    expect((await store.read('a'))?.record.data).toBe('before');
    const largest = 'x'.repeat(limit - 1);
    expect(await store.update('a', record({ data: largest }), version!)).toEqual(
      expect.any(String),
    );
    expect((await store.read('a'))?.record.data).toHaveLength(limit - 1);
  });

  const codecs: readonly BSONSerializeOptions[] = [
    { promoteValues: false },
    { promoteLongs: false },
    { useBigInt64: true },
    { raw: true },
    { ignoreUndefined: true },
  ];
  test.for(codecs)('what a client makes of BSON changes nothing: %j', async (codec) => {
    const odd = new MongoClient(url, codec);
    const oddly = mongodbStore({
      collection: odd.db('sojourn').collection(collection.collectionName),
    });
    const sample = record({ userId: 'ada', ipAddress: '::1', userAgent: 'x' });
    const version = await oddly.create('a', sample);
    expect(await oddly.create('a', sample)).toBeUndefined();
    expect(await oddly.read('a')).toEqual({ record: sample, version });
    expect(await oddly.update('a', sample, 'stale')).toBeUndefined();
    expect(await oddly.update('a', sample, version!)).toEqual(expect.any(String));
    expect(await oddly.touch('b', Date.now() + HOUR, Date.now())).toBe(false);
    expect(await oddly.touch('a', Date.now() + HOUR, Date.now())).toBe(true);
    expect(await oddly.count?.()).toBe(1);
    expect(await idsOf(sessionsOf(oddly, 'ada'))).toEqual(['a']);
    expect(await oddly.destroy('a', 'stale')).toBe(false);
    expect(await oddly.destroy('a')).toBe(true);
    await oddly.create('b', sample);
    expect(await oddly.prune?.(Date.now() + 2 * HOUR, 10)).toBe(1);
    await odd.close();
  });

  test('prune goes on over more than a batch', async () => {
    const past = new Date(Date.now() - HOUR / 2);
    const expired = Array.from({ length: 2500 }, (_, index) => ({
      _id: `${index}` as never,
      expiresAt: past,
    }));
    await collection.insertMany(expired);
    expect(await store.prune?.(Date.now(), 2100)).toBe(2100);
    expect(await store.prune?.(Date.now(), Number.POSITIVE_INFINITY)).toBe(400);
  });
});

test.each([
  ['nothing', undefined],
  ['a database', { collection: () => undefined, databaseName: 'shop' }],
  [
    'a model of Mongoose',
    Object.assign(() => undefined, { replaceOne: () => undefined, modelName: 'Session' }),
  ],
])('a collection that is %s is refused', (_, collection) => {
  expect(() => mongodbStore({ collection: collection as unknown as MongodbCollection })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
