// Type tests: this folder is compiled, never run. The clients' own types fit without a cast.
import { DynamoDB, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamodbStore } from '../../src/stores/dynamodb.js';

const database = new DynamoDB();

dynamodbStore({ client: DynamoDBDocument.from(database), database });
dynamodbStore({
  client: DynamoDBDocument.from(new DynamoDBClient()),
  database: undefined,
  table: undefined,
  now: undefined,
});

// @ts-expect-error a client is needed
dynamodbStore({ database });
// @ts-expect-error this client has no methods, only commands
dynamodbStore({ client: DynamoDBDocumentClient.from(database) });
// @ts-expect-error the plain client is no document client
dynamodbStore({ client: database });
