import { SessionError } from '../../core/errors.js';
import type { SessionEntry } from '../contract.js';
import { fromStorableTexts, toStorableTexts } from '../text/record-texts.js';
import { fromStorable, toStorable } from '../text/storable-text.js';
import type { DynamodbItem } from './clients.js';
import { SWEEP_ATTRIBUTE } from './table.js';

/**
 * The most that DynamoDB keeps as one item, in bytes: its texts, and below 300 for numbers and the
 * names of attributes.
 */
const MAX_BYTES = 400 * 1024;
const OTHER_BYTES = 300;
/** How much later than the record DynamoDB may sweep the item, in seconds. */
const GRACE = 60;

/** A version as the store keeps it. */
export interface VersionedEntry extends SessionEntry {
  readonly version: string;
}

/**
 * The attributes that keep a record.
 * @throws `too-large` above 400 KB.
 */
export function toItem({ id, record, version }: VersionedEntry): Record<string, unknown> {
  const texts = { id: toStorable(id), version, ...toStorableTexts(record) };
  const bytes = Object.values(texts).reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    OTHER_BYTES,
  );
  if (bytes > MAX_BYTES) {
    throw new SessionError(
      'too-large',
      `The session takes ${bytes} bytes, and DynamoDB keeps at most ${MAX_BYTES} in one item. Keep less in it.`,
    );
  }
  const { createdAt, touchedAt, expiresAt } = record;
  return { ...texts, createdAt, touchedAt, expiresAt, [SWEEP_ATTRIBUTE]: sweepAfter(expiresAt) };
}

/** From when on DynamoDB may sweep an item, in epoch seconds. */
export function sweepAfter(expiresAt: number): number {
  return Math.ceil(expiresAt / 1000) + GRACE;
}

/** What an item keeps; `undefined` when something else wrote it. */
export function toEntry(item: DynamodbItem): VersionedEntry | undefined {
  const { id, version, data, userId, ipAddress, userAgent, createdAt, touchedAt, expiresAt } = item;
  if (typeof id !== 'string' || typeof version !== 'string' || typeof data !== 'string')
    return undefined;
  const record = {
    ...fromStorableTexts({ data, userId, ipAddress, userAgent }),
    createdAt: Number(createdAt),
    touchedAt: Number(touchedAt),
    expiresAt: Number(expiresAt),
  };
  return { id: fromStorable(id), version, record };
}
