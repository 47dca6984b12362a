import { setTimeout } from 'node:timers/promises';
import type { DynamodbDatabase } from './clients.js';
import { isNamed } from './errors.js';

/** The index of the ids by user. It holds keys only, so that a touch does not write it too. */
export const USER_INDEX = 'userId';
/** The attribute that tells DynamoDB from when to sweep, in epoch seconds. */
export const SWEEP_ATTRIBUTE = 'sweepAfter';

/** How long to wait between two looks at a table that is being made, in milliseconds. */
const PAUSE = 500;

/**
 * Makes the table with its index unless it is there, waits until it can be used, and turns its
 * sweeping on.
 */
export async function makeTable(database: DynamodbDatabase, table: string): Promise<void> {
  try {
    await database.createTable({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'userId', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: USER_INDEX,
          KeySchema: [{ AttributeName: 'userId', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
  } catch (error) {
    if (!isNamed(error, 'ResourceInUseException')) throw error;
  }
  while (await isBeingMade(database, table)) await setTimeout(PAUSE);

  const { TimeToLiveDescription: sweeping } = await database.describeTimeToLive({
    TableName: table,
  });
  if (sweeping?.TimeToLiveStatus === 'ENABLED' || sweeping?.TimeToLiveStatus === 'ENABLING') return;
  await database.updateTimeToLive({
    TableName: table,
    TimeToLiveSpecification: { AttributeName: SWEEP_ATTRIBUTE, Enabled: true },
  });
}

async function isBeingMade(database: DynamodbDatabase, table: string): Promise<boolean> {
  const { Table: description } = await database.describeTable({ TableName: table });
  const indexes = description?.GlobalSecondaryIndexes ?? [];
  return [description?.TableStatus, ...indexes.map((index) => index.IndexStatus)].includes(
    'CREATING',
  );
}
