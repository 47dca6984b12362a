import { MongoClient } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { mongodbNotices } from '../../src/notices/mongodb.js';
import { sharedServer } from '../servers.js';
import { mongodbNoticesOf } from './clients.js';
import { noticeSuite } from './suite.js';

const server = await sharedServer('mongodb-replica-set');

describe.skipIf(!server.available)('on a replica set', () => {
  for (const each of mongodbNoticesOf) noticeSuite(each, server.available ? server.url : '');
});

test('the client in place of a collection is refused by name', () => {
  const collection = new MongoClient('mongodb://127.0.0.1');
  expect(() => mongodbNotices({ collection } as never)).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringContaining('Give a Collection of the mongodb driver'),
    }),
  );
});
