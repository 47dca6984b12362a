// Increments a number in DynamoDB, a number of times, against whoever else does so.
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { dynamodbStore } from '../../dist/stores/dynamodb.js';
import { countUp } from './count-up.js';

const { url, table, id, times } = JSON.parse(process.argv[2] ?? '');
const database = new DynamoDB({
  endpoint: url,
  region: 'local',
  credentials: { accessKeyId: 'sojourn', secretAccessKey: 'sojourn' },
});
const store = dynamodbStore({ client: DynamoDBDocument.from(database), table });

process.once('message', async () => {
  await countUp(store, id, times);
  database.destroy();
  process.disconnect();
});
process.send?.('ready');
