import { MongoClient } from 'mongodb';
import { mongodbStore } from '../../src/stores/mongodb.js';
import type { RemoteStore } from './remote-store.js';

/** As docs/stores/mongodb.md recommends them: an answer after the core's deadline helps nobody. */
const SETTINGS = {
  serverSelectionTimeoutMS: 2000,
  waitQueueTimeoutMS: 2000,
  connectTimeoutMS: 2000,
  socketTimeoutMS: 10_000,
};

async function open(
  url: string,
  { space, now }: Parameters<RemoteStore['open']>[1],
): ReturnType<RemoteStore['open']> {
  const client = new MongoClient(url, SETTINGS);
  const collection = client.db('sojourn').collection(space);
  const store = mongodbStore({ collection, now });
  await store.migrate?.();
  return {
    store,
    close: () => client.close(),
    async remove() {
      await collection.drop();
      await client.close();
    },
  };
}

export const mongodbStores: readonly RemoteStore[] = [
  { name: 'mongodb over mongodb 7', server: 'mongodb', open },
];
