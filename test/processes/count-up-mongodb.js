// Increments a number in MongoDB, a number of times, against whoever else does so.
import { MongoClient } from 'mongodb';
import { mongodbStore } from '../../dist/stores/mongodb.js';
import { countUp } from './count-up.js';

const { url, collection, id, times } = JSON.parse(process.argv[2] ?? '');
const client = new MongoClient(url);
const store = mongodbStore({ collection: client.db('sojourn').collection(collection) });

process.once('message', async () => {
  await countUp(store, id, times);
  await client.close();
  process.disconnect();
});
process.send?.('ready');
