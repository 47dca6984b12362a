import { SessionError } from '../../core/errors.js';
import {
  type DynamodbDatabase,
  type DynamodbDocument,
  dynamodbStore,
} from '../../stores/dynamodb.js';
import { openFirst } from '../clients.js';
import type { Driver } from '../driver.js';

/** In milliseconds. */
const REQUEST_HANDLER = {
  connectionTimeout: 1000,
  requestTimeout: 2000,
  throwOnRequestTimeout: true,
};

/**
 * A table of a region: `dynamodb://eu-central-1/sessions`. Credentials, and another endpoint, come
 * as the AWS SDK finds them.
 */
export const dynamodbDriver: Driver = {
  name: 'dynamodb',
  protocols: ['dynamodb:'],
  connection: 'dynamodb://us-east-1/sessions',
  sweepsItself: true,
  open({ connection, table }) {
    const [, region, name] = /^dynamodb:\/\/([\w-]+)(?:\/([\w.-]+))?\/?$/i.exec(connection) ?? [];
    if (region === undefined)
      throw new SessionError(
        'invalid-option',
        'connection names no region. Write dynamodb://region/table.',
      );
    return openFirst('dynamodb', [
      {
        name: '@aws-sdk/lib-dynamodb',
        open: async ({ DynamoDBDocument }: LibDynamodb) =>
          openFirst('dynamodb', [
            {
              name: '@aws-sdk/client-dynamodb',
              async open({ DynamoDB }: ClientDynamodb) {
                const database = new DynamoDB({ region, requestHandler: REQUEST_HANDLER });
                const store = dynamodbStore({
                  client: DynamoDBDocument.from(database),
                  database,
                  table: table ?? name,
                });
                return { store: { ...store, close: async () => database.destroy() } };
              },
            },
          ]),
      },
    ]);
  },
};

interface LibDynamodb {
  DynamoDBDocument: { from(database: DynamodbDatabase): DynamodbDocument };
}

interface ClientDynamodb {
  DynamoDB: new (settings: object) => DynamodbDatabase & { destroy(): void };
}
