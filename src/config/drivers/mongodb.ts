import { type MongodbCollection, mongodbStore } from '../../stores/mongodb.js';
import { clientsOf } from '../clients.js';
import type { Driver, OpenedStore } from '../driver.js';

/** In milliseconds. */
const SETTINGS = {
  serverSelectionTimeoutMS: 2000,
  waitQueueTimeoutMS: 2000,
  connectTimeoutMS: 2000,
  socketTimeoutMS: 10_000,
};

const clients = clientsOf('mongodb', [
  {
    name: 'mongodb',
    async open({ MongoClient }: Mongodb, { connection, table = 'sessions' }) {
      const client = new MongoClient(connection, SETTINGS);
      await client.connect();
      return openedStore(client, table);
    },
  },
]);

/** `mongodb://user:password@localhost:27017/database`, `mongodb+srv://`. */
export const mongodbDriver: Driver = {
  name: 'mongodb',
  protocols: ['mongodb:', 'mongodb+srv:'],
  connection: 'mongodb://localhost:27017/sojourn',
  sweepsItself: true,
  requireClient: clients.require,
  open: clients.open,
};

interface Mongodb {
  MongoClient: new (url: string, settings: object) => Client;
}

interface Client {
  connect(): Promise<unknown>;
  db(): {
    collection(
      name: string,
    ): MongodbCollection & { listIndexes(): { toArray(): Promise<{ key: object }[]> } };
    command(command: object): Promise<{ localTime?: Date }>;
  };
  close(): Promise<void>;
}

function openedStore(client: Client, name: string): OpenedStore {
  const database = client.db();
  const collection = database.collection(name);
  return {
    store: { ...mongodbStore({ collection }), close: () => client.close() },
    server: {
      now: async () => Number((await database.command({ hello: 1 })).localTime),
      async weaknesses() {
        const indexes = await collection.listIndexes().toArray();
        const there = new Set(indexes.map(({ key }) => Object.keys(key)[0]));
        return ['expiresAt', 'userId']
          .filter((field) => !there.has(field))
          .map((field) => ({
            is: `The collection ${name} has no index over ${field}.`,
            advice: 'Make it with `npx sojourn migrate`.',
          }));
      },
    },
  };
}
