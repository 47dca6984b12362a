import { randomUUID } from 'node:crypto';
import { checkOptions } from '../stores/contract/options.js';
import { refusedClient } from '../stores/contract/refused-client.js';
import { relay, type Stop } from './channel/relay.js';
import type { Notices } from './contract.js';

export type { Notice, NoticeListener, Notices } from './contract.js';

/**
 * A `Collection` of the `mongodb` driver, version 5 or later. Its types follow the collection's
 * schema; `never` fits them all.
 */
export interface MongodbNoticeCollection {
  readonly collectionName: string;
  replaceOne(filter: never, replacement: never, options: never): Promise<unknown>;
  watch(pipeline: never, options: never): unknown;
}

/** Options of {@link mongodbNotices}. */
export interface MongodbNoticesOptions {
  /**
   * A collection for notices alone, of a replica set or a sharded cluster: change streams need one.
   * It holds one document.
   */
  readonly collection: MongodbNoticeCollection;
}

/** A {@link MongodbNoticeCollection} as notices call it. */
interface NoticeCollection {
  replaceOne(
    filter: { _id: string },
    replacement: { text: string; key: string },
    options: { upsert: true },
  ): Promise<unknown>;
  watch(pipeline: object[], options: { maxAwaitTimeMS?: number }): ChangeStream;
}

interface ChangeStream {
  on(event: 'change', listener: (change: { fullDocument?: { text?: unknown } }) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  once(event: 'resumeTokenChanged' | 'init', listener: () => void): unknown;
  close(): Promise<unknown>;
}

/** The one document. Each notice replaces the last, so that nothing has to be deleted. */
const DOCUMENT = 'notice';

/**
 * Notices over MongoDB, by a change stream.
 * @throws `invalid-option` when `collection` is not usable.
 */
export function mongodbNotices(options: MongodbNoticesOptions): Notices {
  checkOptions<MongodbNoticesOptions & { readonly now?: never }>(
    'mongodbNotices',
    options,
    ['collection'],
    'collection',
  );
  const collection = noticeCollection(options.collection);
  return relay('MongoDB', {
    // A replacement that changes nothing would be no change.
    send: (text) =>
      collection.replaceOne({ _id: DOCUMENT }, { text, key: randomUUID() }, { upsert: true }),
    listen: (onText, onLost) => listen(collection, onText, onLost),
  });
}

function noticeCollection(collection: MongodbNoticeCollection): NoticeCollection {
  const isCollection =
    typeof collection?.watch === 'function' && typeof collection.collectionName === 'string';
  if (isCollection) return collection as NoticeCollection & MongodbNoticeCollection;
  throw refusedClient(
    'mongodbNotices',
    'collection',
    collection,
    "Give a Collection of the mongodb driver: client.db().collection('session-notices').",
  );
}

async function listen(
  collection: NoticeCollection,
  onText: (text: unknown) => void,
  onLost: (error: unknown) => void,
): Promise<Stop> {
  const pipeline = [{ $match: { operationType: { $in: ['insert', 'replace'] } } }];
  const stream = collection.watch(pipeline, {});
  // The driver resumes the stream by itself, where that is possible.
  stream.on('change', ({ fullDocument }) => onText(fullDocument?.text));
  await new Promise<void>((resolve, reject) => {
    stream.once('resumeTokenChanged', resolve);
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('The change stream was closed.')));
  });
  stream.on('error', onLost);
  stream.on('close', () => onLost('the change stream was closed'));
  return async () => void (await stream.close());
}
