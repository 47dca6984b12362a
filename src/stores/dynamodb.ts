import { randomUUID } from 'node:crypto';
import { SessionError } from '../core/errors.js';
import { checkOption, checkOptions } from './contract/options.js';
import { refusedClient } from './contract/refused-client.js';
import type { SessionStore } from './contract.js';
import type {
  DynamodbDatabase,
  DynamodbDocument,
  DynamodbItem,
  DynamodbPage,
} from './dynamodb/clients.js';
import { refusalOf, unlessRefused } from './dynamodb/errors.js';
import { toEntry, toItem, type VersionedEntry } from './dynamodb/items.js';
import { startKey, toPage } from './dynamodb/page.js';
import { makeTable, USER_INDEX } from './dynamodb/table.js';
import { touchInput } from './dynamodb/touch.js';
import { fromStorable, toStorable } from './text/storable-text.js';

export type { DynamodbDatabase, DynamodbDocument } from './dynamodb/clients.js';

/** Options of {@link dynamodbStore}. */
export interface DynamodbStoreOptions {
  /** A `DynamoDBDocument` of @aws-sdk/lib-dynamodb, with its default translation options. */
  readonly client: DynamodbDocument;
  /**
   * The `DynamoDB` of @aws-sdk/client-dynamodb from which `client` was made. Only `migrate` needs
   * it.
   */
  readonly database?: DynamodbDatabase | undefined;
  /** The name or ARN of the table. Default `'sessions'`. */
  readonly table?: string | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

const TABLE = /^([\w.-]{3,255}|arn:[\w.:/-]{1,1020})$/;
const METHODS = ['get', 'put', 'update', 'delete', 'query', 'scan'] as const;
/** How many items are read or deleted at a time. */
const AT_ONCE = 25;
const IS_LIVE = 'expiresAt > :now';
const IS_LISTED = `${IS_LIVE} and createdAt <> :moved`;

/**
 * Keeps sessions in a DynamoDB table, which deletes expired records by itself. Reads are strongly
 * consistent, but `byUser` finds a new session only a moment later. `list`, `count` and `clear`
 * read the whole table.
 * @throws `invalid-option` when `client` or `table` is not usable.
 */
export function dynamodbStore(options: DynamodbStoreOptions): SessionStore<string> {
  checkOptions('dynamodbStore', options, ['client', 'database', 'table', 'now'], 'client');
  const { client, database, table = 'sessions', now = Date.now } = options;
  if (METHODS.some((method) => typeof client?.[method] !== 'function')) {
    const advice = 'Give a DynamoDBDocument: DynamoDBDocument.from(new DynamoDB()).';
    throw refusedClient('dynamodbStore', 'client', client, advice);
  }
  if (database !== undefined && typeof database?.createTable !== 'function') {
    const advice = 'Give the DynamoDB that client was made from, not a DynamoDBClient.';
    throw refusedClient('dynamodbStore', 'database', database, advice);
  }
  checkOption('table', table, 'string', 'Give its name or ARN.');
  if (!TABLE.test(table)) {
    throw new SessionError(
      'invalid-option',
      `table is ${JSON.stringify(table)}. Give a name of 3 to 255 letters, digits and characters of _.-, or an ARN.`,
    );
  }
  const keyOf = (id: string) => ({ TableName: table, Key: { id: toStorable(id) } });

  async function read(id: string): Promise<VersionedEntry | undefined> {
    const { Item } = await client.get({ ...keyOf(id), ConsistentRead: true });
    const entry = Item && toEntry(Item);
    return entry !== undefined && entry.record.expiresAt > now() ? entry : undefined;
  }

  function put(
    entry: VersionedEntry,
    condition: string,
    values: Record<string, unknown>,
  ): Promise<boolean> {
    const write = client.put({
      TableName: table,
      Item: toItem(entry),
      ConditionExpression: condition,
      ExpressionAttributeValues: { ':now': now(), ...values },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return unlessRefused(write, entry.version);
  }

  async function* pages(
    next: (start: DynamodbItem | undefined) => Promise<DynamodbPage>,
  ): AsyncGenerator<DynamodbPage> {
    let start: DynamodbItem | undefined;
    do {
      const page = await next(start);
      yield page;
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  return {
    name: 'dynamodb',

    async read(id) {
      const entry = await read(id);
      return entry && { record: entry.record, version: entry.version };
    },

    async create(id, record) {
      const version = randomUUID();
      const isWritten = await put(
        { id, record, version },
        'attribute_not_exists(id) or expiresAt <= :now',
        {},
      );
      return isWritten ? version : undefined;
    },

    async update(id, record, version) {
      const next = randomUUID();
      const isWritten = await put(
        { id, record, version: next },
        `version = :version and ${IS_LIVE}`,
        { ':version': version },
      );
      return isWritten ? next : undefined;
    },

    async touch(id, expiresAt, touchedAt) {
      const given = { expiresAt, touchedAt };
      // Mostly one turn. DynamoDB knows no maximum: what refuses is the item, and tells which time
      // it has already.
      for (let times: (keyof typeof given)[] = ['expiresAt', 'touchedAt']; ; ) {
        const write = client.update({ ...keyOf(id), ...touchInput(given, times, now()) });
        const refusal = await refusalOf(write);
        if (refusal === undefined) return true;
        if (refusal.version === undefined || !(refusal.expiresAt > now())) return false;
        if (refusal.isMoved) return false;
        times = times.filter((time) => refusal[time] < given[time]);
        if (times.length === 0) return true;
      }
    },

    destroy(id, version) {
      const write = client.delete({
        ...keyOf(id),
        ConditionExpression: version === undefined ? IS_LIVE : `version = :version and ${IS_LIVE}`,
        ExpressionAttributeValues: {
          ':now': now(),
          ...(version !== undefined && { ':version': version }),
        },
      });
      return unlessRefused(write);
    },

    async byUser(userId, { after, limit }) {
      const user = toStorable(userId);
      const start = startKey(after);
      const { Items: keys = [], LastEvaluatedKey: last } = await client.query({
        TableName: table,
        IndexName: USER_INDEX,
        KeyConditionExpression: 'userId = :userId',
        ExpressionAttributeValues: { ':userId': user },
        Limit: Math.min(limit, AT_ONCE),
        ExclusiveStartKey: start && { ...start, userId: user },
      });
      const found = await Promise.all(keys.map(({ id }) => read(fromStorable(String(id)))));
      // The index lags behind.
      return toPage(
        found.filter((entry) => entry?.record.userId === userId),
        last,
      );
    },

    async list({ after, limit }) {
      const { Items: items = [], LastEvaluatedKey: last } = await client.scan({
        TableName: table,
        ConsistentRead: true,
        Limit: limit,
        FilterExpression: IS_LISTED,
        ExpressionAttributeValues: { ':now': now(), ':moved': 0 },
        ExclusiveStartKey: startKey(after),
      });
      return toPage(items.map(toEntry), last);
    },

    async count() {
      const counts = pages((ExclusiveStartKey) =>
        client.scan({
          TableName: table,
          ConsistentRead: true,
          Select: 'COUNT',
          FilterExpression: IS_LISTED,
          ExpressionAttributeValues: { ':now': now(), ':moved': 0 },
          ExclusiveStartKey,
        }),
      );
      let listed = 0;
      for await (const { Count: count = 0 } of counts) listed += count;
      return listed;
    },

    async clear() {
      const all = pages((ExclusiveStartKey) =>
        client.scan({
          TableName: table,
          ConsistentRead: true,
          ProjectionExpression: 'id',
          ExclusiveStartKey,
        }),
      );
      for await (const { Items: items = [] } of all) {
        for (let from = 0; from < items.length; from += AT_ONCE) {
          const ids = items.slice(from, from + AT_ONCE).map(({ id }) => String(id));
          await Promise.all(ids.map((id) => client.delete({ TableName: table, Key: { id } })));
        }
      }
    },

    ...(database && { migrate: () => makeTable(database, table) }),
  };
}
