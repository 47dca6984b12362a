/** Attributes by name. */
export type DynamodbItem = Readonly<Record<string, unknown>>;

/** One page of the answer to a query or a scan. */
export interface DynamodbPage {
  Items?: DynamodbItem[] | undefined;
  Count?: number | undefined;
  /** Where the next page begins; absent on the last page. */
  LastEvaluatedKey?: DynamodbItem | undefined;
}

interface TableInput {
  TableName: string;
}

interface ConditionInput {
  ConditionExpression: string;
  ExpressionAttributeValues: Record<string, unknown>;
}

interface PageInput extends TableInput {
  ExclusiveStartKey: Record<string, unknown> | undefined;
  ExpressionAttributeValues?: Record<string, unknown>;
}

/** A `DynamoDBDocument` of @aws-sdk/lib-dynamodb, as far as the store uses it. */
export interface DynamodbDocument {
  get(
    input: TableInput & { Key: { id: string }; ConsistentRead: true },
  ): Promise<{ Item?: DynamodbItem | undefined }>;
  put(
    input: TableInput &
      ConditionInput & {
        Item: Record<string, unknown>;
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD';
      },
  ): Promise<unknown>;
  update(
    input: TableInput &
      ConditionInput & {
        Key: { id: string };
        UpdateExpression: string;
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD';
      },
  ): Promise<unknown>;
  delete(input: TableInput & Partial<ConditionInput> & { Key: { id: string } }): Promise<unknown>;
  query(
    input: PageInput & { IndexName: string; KeyConditionExpression: string; Limit: number },
  ): Promise<DynamodbPage>;
  scan(
    input: PageInput & {
      ConsistentRead: true;
      Limit?: number;
      FilterExpression?: string;
      Select?: 'COUNT';
      ProjectionExpression?: string;
    },
  ): Promise<DynamodbPage>;
}

interface KeySchema {
  KeySchema: { AttributeName: string; KeyType: 'HASH' }[];
}

interface TableDescription {
  TableStatus?: string | undefined;
  GlobalSecondaryIndexes?: { IndexStatus?: string | undefined }[] | undefined;
}

/** A `DynamoDB` of @aws-sdk/client-dynamodb, as far as `migrate` uses it. */
export interface DynamodbDatabase {
  createTable(
    input: TableInput &
      KeySchema & {
        BillingMode: 'PAY_PER_REQUEST';
        AttributeDefinitions: { AttributeName: string; AttributeType: 'S' }[];
        GlobalSecondaryIndexes: (KeySchema & {
          IndexName: string;
          Projection: { ProjectionType: 'KEYS_ONLY' };
        })[];
      },
  ): Promise<unknown>;
  describeTable(input: TableInput): Promise<{ Table?: TableDescription | undefined }>;
  describeTimeToLive(
    input: TableInput,
  ): Promise<{ TimeToLiveDescription?: { TimeToLiveStatus?: string | undefined } | undefined }>;
  updateTimeToLive(
    input: TableInput & { TimeToLiveSpecification: { AttributeName: string; Enabled: boolean } },
  ): Promise<unknown>;
}
