import { SessionError } from '../../core/errors.js';
import {
  type DynamodbDatabase,
  type DynamodbDocument,
  dynamodbStore,
} from '../../stores/dynamodb.js';
import { clientsOf } from '../clients.js';
import type { Driver, OpenedStore, Place } from '../driver.js';

/** In milliseconds. */
const REQUEST_HANDLER = {
  connectionTimeout: 1000,
  requestTimeout: 2000,
  throwOnRequestTimeout: true,
};

const clients = clientsOf('dynamodb', [
  {
    name: '@aws-sdk/lib-dynamodb',
    open: (document: LibDynamodb, place) =>
      clientsOf('dynamodb', [
        {
          name: '@aws-sdk/client-dynamodb',
          open: async (client: ClientDynamodb) => openedStore(document, client, place),
        },
      ]).open(place),
  },
]);

/**
 * A table of a region: `dynamodb://eu-central-1/sessions`. Credentials, and another endpoint, come
 * as the AWS SDK finds them.
 */
export const dynamodbDriver: Driver = {
  name: 'dynamodb',
  protocols: ['dynamodb:'],
  connection: 'dynamodb://us-east-1/sessions',
  sweepsItself: true,
  requireClient: clients.require,
  open: clients.open,
};

function openedStore(
  { DynamoDBDocument }: LibDynamodb,
  { DynamoDB }: ClientDynamodb,
  { connection, table }: Place,
): OpenedStore {
  const [, region, name] = /^dynamodb:\/\/([\w-]+)(?:\/([\w.-]+))?\/?$/i.exec(connection) ?? [];
  if (region === undefined)
    throw new SessionError(
      'invalid-option',
      'connection names no region. Write dynamodb://region/table.',
    );
  const database = new DynamoDB({ region, requestHandler: REQUEST_HANDLER });
  const store = dynamodbStore({
    client: DynamoDBDocument.from(database),
    database,
    table: table ?? name,
  });
  return { store: { ...store, close: async () => database.destroy() } };
}

interface LibDynamodb {
  DynamoDBDocument: { from(database: DynamodbDatabase): DynamodbDocument };
}

interface ClientDynamodb {
  DynamoDB: new (settings: object) => DynamodbDatabase & { destroy(): void };
}
