import { refusedClient } from '../contract/refused-client.js';
import type { SessionDocument } from './document.js';

/**
 * A `Collection` of the `mongodb` driver, version 5 or later. Its types depend on the collection's
 * schema; `never` fits all of them.
 */
export interface MongodbCollection {
  readonly collectionName: string;
  findOne(filter: never, options: never): Promise<unknown>;
  find(filter: never, options: never): { toArray(): Promise<unknown[]> };
  countDocuments(filter: never, options: never): Promise<number>;
  replaceOne(filter: never, replacement: never, options: never): Promise<unknown>;
  updateOne(filter: never, update: never, options: never): Promise<unknown>;
  deleteOne(filter: never, options: never): Promise<unknown>;
  deleteMany(filter: never, options: never): Promise<unknown>;
  createIndexes(indexes: never): Promise<unknown>;
}

/**
 * A condition on a field. Every value is the operand of an operator, so no value can act as an
 * operator.
 */
export type Condition =
  | { $eq: string | Date }
  | { $ne: Date }
  | { $gt: string | Date }
  | { $lte: Date }
  | { $in: string[] };
export type Filter = { [Field in keyof SessionDocument]?: Condition };

interface AnswerOptions {
  raw: false;
  promoteValues: true;
  promoteLongs: true;
  useBigInt64: false;
}

interface ReadOptions extends AnswerOptions {
  readPreference: 'primary';
  sort?: Record<string, 1>;
  limit?: number;
  projection?: Record<string, 1>;
}

interface WriteOptions extends AnswerOptions {
  writeConcern: { w: 'majority' };
  upsert?: true;
}

/** A {@link MongodbCollection} as the store calls it. */
export interface SessionCollection {
  findOne(filter: Filter, options: ReadOptions): Promise<SessionDocument | null>;
  find(filter: Filter, options: ReadOptions): { toArray(): Promise<SessionDocument[]> };
  countDocuments(filter: Filter, options: ReadOptions): Promise<number>;
  replaceOne(
    filter: Filter,
    replacement: Omit<SessionDocument, '_id'>,
    options: WriteOptions,
  ): Promise<{ matchedCount: number }>;
  updateOne(
    filter: Filter,
    update: { $max: Partial<SessionDocument> },
    options: WriteOptions,
  ): Promise<{ matchedCount: number }>;
  deleteOne(filter: Filter, options: WriteOptions): Promise<{ deletedCount: number }>;
  deleteMany(filter: Filter, options: WriteOptions): Promise<{ deletedCount: number }>;
  createIndexes(
    indexes: {
      key: Record<string, 1>;
      expireAfterSeconds?: number;
      partialFilterExpression?: Filter;
    }[],
  ): Promise<unknown>;
}

/** @throws `invalid-option` when it is not a collection of the driver. */
export function sessionCollection(collection: MongodbCollection): SessionCollection {
  // A model of Mongoose has the same methods, which would cast ids and filters; it has no
  // collectionName.
  if (
    typeof collection?.replaceOne !== 'function' ||
    typeof collection.collectionName !== 'string'
  ) {
    throw refusedClient(
      'mongodbStore',
      'collection',
      collection,
      "Give a Collection of the mongodb driver: client.db().collection('sessions'). With Mongoose the client is mongoose.connection.getClient().",
    );
  }
  return collection as SessionCollection & MongodbCollection;
}
