import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSessions } from '../../src/index.js';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import { type DynamodbDocument, dynamodbStore } from '../../src/stores/dynamodb.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { countUp } from '../processes/count-up.js';
import { finished, start } from '../processes/run.js';
import { dynamodbStores } from '../remote-stores/dynamodb.js';
import { sharedServer } from '../servers.js';
import { idsOf, listOf, sessionsOf, testTouches } from './pages.js';

const long = process.env.SOJOURN_LONG === '1';

const shared = await sharedServer('dynamodb');
const url = shared.available ? shared.url : '';
let spaces = 0;

function freshSpace(): string {
  return `dynamodb_${process.pid}_${++spaces}`;
}

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

function openDatabase(): DynamoDB {
  return new DynamoDB({
    endpoint: url,
    region: 'local',
    credentials: { accessKeyId: 'sojourn', secretAccessKey: 'sojourn' },
  });
}

describe.skipIf(!shared.available).each(dynamodbStores)('$name', ({ open }) => {
  storeSuite({
    test,
    rounds: long ? 25 : 5,
    differences: { prune: 'DynamoDB sweeps by itself', close: 'the client was passed in' },
    async createStore({ now }) {
      const space = freshSpace();
      const [first, second] = [await open(url, { space, now }), await open(url, { space, now })];
      return {
        store: first.store,
        second: second.store,
        async cleanup() {
          await first.close();
          await second.remove();
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

describe.skipIf(!shared.available)('a table', () => {
  let database: DynamoDB;
  let table: string;
  let store: SessionStore<string>;

  beforeAll(() => {
    database = openDatabase();
  });
  beforeEach(async () => {
    table = freshSpace();
    store = dynamodbStore({ client: DynamoDBDocument.from(database), database, table });
    await store.migrate?.();
    return async () => {
      await database.deleteTable({ TableName: table });
    };
  });
  afterAll(() => {
    database.destroy();
  });

  /** A client that loses the reply to its next request, which the SDK then sends again. */
  function forgetful(): { client: DynamoDBDocument; loseReply: () => void } {
    const own = openDatabase();
    let isLost = false;
    own.middlewareStack.add(
      (next) => async (request) => {
        const reply = await next(request);
        if (!isLost) return reply;
        isLost = false;
        throw Object.assign(new Error('the connection was reset'), { name: 'TimeoutError' });
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    return {
      client: DynamoDBDocument.from(own),
      loseReply: () => {
        isLost = true;
      },
    };
  }

  test('V-02 three processes increment one number: none is lost', async () => {
    const times = long ? 1000 : 100;
    await store.create('counter', record({ data: '0' }));
    const children = await Promise.all(
      [1, 2].map(() => start('count-up-dynamodb.js', { url, table, id: 'counter', times })),
    );
    for (const child of children) child.send('go');
    await countUp(store, 'counter', times);
    await Promise.all(children.map(finished));
    expect((await store.read('counter'))?.record.data).toBe(String(3 * times));
  });

  test('F-03 a create, an update and a touch that the SDK sent twice count as done', async () => {
    const { client, loseReply } = forgetful();
    const twice = dynamodbStore({ client, table });
    loseReply();
    const created = await twice.create('a', record());
    expect(created).toBeDefined();
    loseReply();
    const updated = await twice.update('a', record({ data: 'next' }), created!);
    expect(updated).toBeDefined();
    loseReply();
    expect(await twice.touch('a', Date.now() + 7_200_000, Date.now())).toBe(true);
    expect(await twice.read('a')).toMatchObject({ version: updated, record: { data: 'next' } });
    client.destroy();
  });

  test('F-03 an increment whose write the SDK sent twice counts once', async () => {
    const { client, loseReply } = forgetful();
    const sessions = createSessions<{ views: number }>({ store: dynamodbStore({ client, table }) });
    const session = await sessions.open({}, { secure: true });
    session.increment('views');
    await session.save();
    for (let round = 0; round < 3; round++) {
      session.increment('views');
      loseReply();
      expect(await session.save()).toBe('updated');
    }
    expect((await sessions.read(session.id))?.data.views).toBe(4);
    client.destroy();
  });

  test('V-01 a destroy that the SDK sent twice leaves nothing, and a write that comes after it does not create', async () => {
    const { client, loseReply } = forgetful();
    const twice = dynamodbStore({ client, table });
    const version = await store.create('a', record());
    loseReply();
    await twice.destroy('a');
    expect(await store.read('a')).toBeUndefined();
    expect(await twice.update('a', record(), version!)).toBeUndefined();
    expect(await twice.touch('a', record().expiresAt, Date.now())).toBe(false);
    expect(await store.count?.()).toBe(0);
    client.destroy();
  });

  test('data above 400 KB is refused with too-large, and the record stays as it was; just below it is kept', async () => {
    const version = await store.create('a', record());
    for (const data of ['x'.repeat(410_000), '漢'.repeat(137_000)]) {
      await expect(store.update('a', record({ data }), version!)).rejects.toMatchObject({
        code: 'too-large',
      });
      await expect(store.create('b', record({ data }))).rejects.toMatchObject({
        code: 'too-large',
      });
    }
    expect(await store.read('b')).toBeUndefined();
    expect((await store.read('a'))?.record.data).toBe('{"views":1}');
    const largest = record({ data: 'x'.repeat(400 * 1024 - 400), userAgent: 'x' });
    expect(await store.update('a', largest, version!)).toBeDefined();
    expect((await store.read('a'))?.record).toEqual(largest);
  });

  test('F-16 DynamoDB may sweep a minute after the deadline, also after a touch', async () => {
    const sweptAt = async () =>
      Number(
        (await database.getItem({ TableName: table, Key: { id: { S: 'a' } } })).Item?.sweepAfter?.N,
      );
    for (const days of [1, 30, 400]) {
      const expiresAt = Date.now() + days * 86_400_000;
      const version = await store.create('a', record({ expiresAt }));
      expect(await sweptAt()).toBe(Math.ceil(expiresAt / 1000) + 60);
      await store.touch('a', expiresAt + 5000, Date.now());
      expect(await sweptAt()).toBe(Math.ceil(expiresAt / 1000) + 65);
      await store.touch('a', expiresAt, Date.now() + 1000);
      expect(await sweptAt()).toBe(Math.ceil(expiresAt / 1000) + 65);
      expect(await store.destroy('a', version)).toBe(true);
    }
  });

  test('list, count and clear go on over the pages of a large table', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `large-${index}`).sort();
    for (const id of ids) await store.create(id, record({ data: 'x'.repeat(100_000) }));
    expect(await idsOf(listOf(store))).toEqual(ids);
    expect(await store.count?.()).toBe(ids.length);
    await store.clear?.();
    expect(await store.count?.()).toBe(0);
  });

  test('V-15 ids, users and data that look like expressions are values', async () => {
    const hostile = [
      'expiresAt',
      ':now',
      '#id',
      'attribute_not_exists(id)',
      '"} or id <> ""',
      '{"S":"a"}',
    ];
    for (const text of hostile) await store.create(text, record({ data: text, userId: text }));
    for (const text of hostile) {
      expect((await store.read(text))?.record.data).toBe(text);
      expect(await idsOf(sessionsOf(store, text))).toEqual([text]);
    }
    expect(await store.destroy('id <> ""')).toBe(false);
    expect(await store.count?.()).toBe(hostile.length);
  });

  test('an item that something else wrote is absent, and is not listed', async () => {
    const expiresAt = { N: String(Date.now() + 60_000) };
    await database.putItem({ TableName: table, Item: { id: { S: 'a' }, expiresAt } });
    expect(await store.read('a')).toBeUndefined();
    expect(await store.touch('a', Date.now() + 120_000, Date.now())).toBe(false);
    expect(await idsOf(listOf(store))).toEqual([]);
  });

  test('migrate makes a table with an index of keys and sweeping, and changes nothing the second time', async () => {
    const describe = async () => [
      (await database.describeTable({ TableName: table })).Table,
      (await database.describeTimeToLive({ TableName: table })).TimeToLiveDescription,
    ];
    const made = await describe();
    expect(made).toMatchObject([
      {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          { IndexName: 'userId', Projection: { ProjectionType: 'KEYS_ONLY' } },
        ],
      },
      { AttributeName: 'sweepAfter', TimeToLiveStatus: 'ENABLED' },
    ]);
    await store.create('a', record());
    await store.migrate?.();
    expect(await store.read('a')).toBeDefined();
    expect(await describe()).toMatchObject([
      { CreationDateTime: Object(made[0]).CreationDateTime },
      made[1],
    ]);
  });

  test('a table that is not there is a rejection, not an absence', async () => {
    const missing = dynamodbStore({ client: DynamoDBDocument.from(database), table: 'missing' });
    expect(missing.migrate).toBeUndefined();
    await expect(missing.read('a')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(missing.update('a', record(), 'version')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

test.each(['', 'ab', 'a b', 'a/b', 'ä'.repeat(5), 'x'.repeat(256), 'arn:'])(
  'a table name that is none is refused: %j',
  (table) => {
    const client = DynamoDBDocument.from(new DynamoDB({ region: 'local' }));
    expect(() => dynamodbStore({ client, table })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  },
);

test.each([
  ['the plain client', new DynamoDB({ region: 'local' })],
  [
    'a document client without methods',
    DynamoDBDocumentClient.from(new DynamoDB({ region: 'local' })),
  ],
])('a client that is %s is refused', (_, client) => {
  expect(() => dynamodbStore({ client: client as unknown as DynamodbDocument })).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringContaining('DynamoDBDocument.from'),
    }),
  );
});
