import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { dynamodbStore } from '../../src/stores/dynamodb.js';
import type { RemoteStore } from './remote-store.js';

export const dynamodbStores: readonly RemoteStore[] = [
  {
    name: 'dynamodb over @aws-sdk/lib-dynamodb',
    server: 'dynamodb',
    async open(url, { space, now }) {
      const database = new DynamoDB({
        endpoint: url,
        region: 'local',
        credentials: { accessKeyId: 'sojourn', secretAccessKey: 'sojourn' },
        requestHandler: {
          connectionTimeout: 1000,
          requestTimeout: 1500,
          throwOnRequestTimeout: true,
        },
      });
      const store = dynamodbStore({
        client: DynamoDBDocument.from(database),
        database,
        table: space,
        now,
      });
      await store.migrate?.();
      return {
        store,
        close: async () => database.destroy(),
        async remove() {
          await database.deleteTable({ TableName: space });
          database.destroy();
        },
      };
    },
  },
];
