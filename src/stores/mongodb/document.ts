import { SessionError } from '../../core/errors.js';
import type { SessionRecord, StoredSession } from '../contract.js';
import { fromStorableTexts, toStorableTexts } from '../text/record-texts.js';
import { toStorable } from '../text/storable-text.js';

/**
 * How a record is kept. Text is kept as in an SQL column: BSON is UTF-8 and has no halves of a
 * surrogate pair.
 */
export interface SessionDocument {
  readonly _id: string;
  readonly version: string;
  readonly data: string;
  readonly createdAt: Date;
  readonly touchedAt: Date;
  readonly expiresAt: Date;
  readonly userId?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
}

/** MongoDB's limit for a document, less what its version, times and field names take. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024 - 1024;

/** Text of a document. What is no text becomes one: an object would be read as a condition. */
export function toText(text: string): string {
  return toStorable(String(text));
}

/**
 * The document of a record, without its id.
 * @throws `too-large` when it would be over MongoDB's limit of 16 MiB.
 */
export function toDocument(
  id: string,
  version: string,
  record: SessionRecord,
): Omit<SessionDocument, '_id'> {
  const texts = toStorableTexts(record);
  // The driver and the server refuse it with half a dozen different errors, one of them a
  // RangeError.
  const bytes = Object.values(texts).reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    Buffer.byteLength(toText(id)),
  );
  if (bytes > MAX_TEXT_BYTES) {
    throw new SessionError(
      'too-large',
      `The session takes ${bytes} bytes, and a MongoDB document holds 16 MiB. Keep large values elsewhere and their keys in the session.`,
    );
  }
  return {
    version,
    ...texts,
    createdAt: new Date(record.createdAt),
    touchedAt: new Date(record.touchedAt),
    expiresAt: new Date(record.expiresAt),
  };
}

/** What a document keeps; `undefined` when something else wrote it. */
export function toStored(document: SessionDocument): StoredSession<string> | undefined {
  const { version, createdAt, touchedAt, expiresAt } = document;
  if (typeof version !== 'string' || typeof document.data !== 'string') return undefined;
  return {
    version,
    record: {
      ...fromStorableTexts(document),
      createdAt: Number(createdAt),
      touchedAt: Number(touchedAt),
      expiresAt: Number(expiresAt),
    },
  };
}
