import type { SessionRecord } from '../contract.js';

/** What a record takes besides its texts: links, times, an object, the heads of its texts. */
const RECORD_BYTES = 200;
const BEYOND_LATIN_1 = /[^\0-\xff]/;

/**
 * How many bytes a record takes in memory. V8 keeps a text in one byte a character, and in two when
 * one of its characters is beyond Latin-1.
 */
export function sizeOf(id: string, record: SessionRecord): number {
  const { data, userId = '', ipAddress = '', userAgent = '' } = record;
  return [id, data, userId, ipAddress, userAgent].reduce(
    (total, text) => total + text.length * (BEYOND_LATIN_1.test(text) ? 2 : 1),
    RECORD_BYTES,
  );
}
