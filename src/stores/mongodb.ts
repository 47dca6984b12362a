import { randomUUID } from 'node:crypto';
import { checkOptions } from './contract/options.js';
import type { PageOptions, SessionPage, SessionStore } from './contract.js';
import { type Filter, type MongodbCollection, sessionCollection } from './mongodb/collection.js';
import { toDocument, toStored, toText } from './mongodb/document.js';
import { fromStorable } from './text/storable-text.js';

export type { MongodbCollection } from './mongodb/collection.js';

/** Options of {@link mongodbStore}. */
export interface MongodbStoreOptions {
  /**
   * A collection of the `mongodb` driver, version 5 or later: `client.db().collection('sessions')`.
   * It must hold nothing but sessions.
   */
  readonly collection: MongodbCollection;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * A client can be set to return BSON's own number types, which never equal a JavaScript number, not
 * even zero.
 */
const PLAIN = { raw: false, promoteValues: true, promoteLongs: true, useBigInt64: false } as const;
/** A write that reached the majority survives the loss of the primary. */
const WRITE = { ...PLAIN, writeConcern: { w: 'majority' } } as const;
/** A secondary may lag behind acknowledged writes. */
const READ = { ...PLAIN, readPreference: 'primary' } as const;

/** The `createdAt` of a moved record. */
const MOVED = new Date(0);
const DUPLICATE_KEY = 11_000;
/**
 * By how much the server's clock may be ahead of ours before it deletes live records, in seconds.
 */
const SWEEP_DELAY = 3600;
const PRUNE_BATCH = 1000;

/**
 * Keeps sessions in a MongoDB collection, one document each. `migrate` creates the indexes: one by
 * which the server deletes expired documents, one by user, and one of moved records. The store
 * reads from the primary and waits for the majority, even if the collection has other settings.
 * @throws `invalid-option` when `collection` is not a collection of the driver. Writes reject with
 * `too-large` above 16 MiB.
 */
export function mongodbStore(options: MongodbStoreOptions): SessionStore<string> {
  checkOptions('mongodbStore', options, ['collection', 'now'], 'collection');
  const { now = Date.now } = options;
  const collection = sessionCollection(options.collection);

  function live(id: string, version?: string): Filter {
    return {
      _id: { $eq: toText(id) },
      ...(version !== undefined && { version: { $eq: String(version) } }),
      expiresAt: { $gt: new Date(now()) },
    };
  }

  /** A page by id: no cursor stays open while the caller takes its time. */
  async function page(filter: Filter, { after = '', limit }: PageOptions): Promise<SessionPage> {
    const wanted: Filter = {
      ...filter,
      _id: { $gt: String(after) },
      expiresAt: { $gt: new Date(now()) },
    };
    const documents = await collection.find(wanted, { ...READ, sort: { _id: 1 }, limit }).toArray();
    const entries = documents.flatMap((document) => {
      const stored = toStored(document);
      return stored === undefined ? [] : { id: fromStorable(document._id), record: stored.record };
    });
    return { entries, next: documents.length < limit ? undefined : documents.at(-1)?._id };
  }

  return {
    name: 'mongodb',

    async read(id) {
      const document = await collection.findOne(live(id), READ);
      return document === null ? undefined : toStored(document);
    },

    async create(id, record) {
      // Random instead of counting up: after a fail-over a version that was rolled back must not
      // fit another write.
      const version = randomUUID();
      const expired: Filter = { _id: { $eq: toText(id) }, expiresAt: { $lte: new Date(now()) } };
      try {
        await collection.replaceOne(expired, toDocument(id, version, record), {
          ...WRITE,
          upsert: true,
        });
        return version;
      } catch (error) {
        // No expired document to replace, and the insert met a live one.
        if (isDuplicateKey(error)) return undefined;
        throw error;
      }
    },

    async update(id, record, version) {
      const next = randomUUID();
      const { matchedCount } = await collection.replaceOne(
        live(id, version),
        toDocument(id, next, record),
        WRITE,
      );
      return matchedCount === 0 ? undefined : next;
    },

    async touch(id, expiresAt, touchedAt) {
      const times = { expiresAt: new Date(expiresAt), touchedAt: new Date(touchedAt) };
      const touchable = { ...live(id), createdAt: { $ne: MOVED } };
      return (await collection.updateOne(touchable, { $max: times }, WRITE)).matchedCount > 0;
    },

    async destroy(id, version) {
      return (await collection.deleteOne(live(id, version), WRITE)).deletedCount > 0;
    },

    byUser: (userId, options) => page({ userId: { $eq: toText(userId) } }, options),

    list: (options) => page({ createdAt: { $ne: MOVED } }, options),

    async count() {
      // Two counts that need an index only. One that leaves moved records out reads all documents.
      const expiresAt = { $gt: new Date(now()) };
      const [all, moved] = await Promise.all([
        collection.countDocuments({ expiresAt }, READ),
        collection.countDocuments({ expiresAt, createdAt: { $eq: MOVED } }, READ),
      ]);
      return Math.max(0, all - moved);
    },

    async prune(before, limit) {
      const expiresAt = { $lte: new Date(before) };
      for (let pruned = 0; ; ) {
        const batch = Math.min(limit - pruned, PRUNE_BATCH);
        if (batch <= 0) return pruned;
        const page = await collection
          .find({ expiresAt }, { ...READ, projection: { _id: 1 }, limit: batch })
          .toArray();
        // Asked again, so that a record which a touch moves in between stays.
        const { deletedCount } = await collection.deleteMany(
          { _id: { $in: page.map(({ _id }) => _id) }, expiresAt },
          WRITE,
        );
        pruned += deletedCount;
        if (page.length < batch) return pruned;
      }
    },

    async clear() {
      await collection.deleteMany({}, WRITE);
    },

    async migrate() {
      await collection.createIndexes([
        { key: { expiresAt: 1 }, expireAfterSeconds: SWEEP_DELAY },
        { key: { userId: 1, _id: 1 } },
        {
          key: { createdAt: 1, expiresAt: 1 },
          partialFilterExpression: { createdAt: { $eq: MOVED } },
        },
      ]);
    },
  };
}

function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === DUPLICATE_KEY;
}
