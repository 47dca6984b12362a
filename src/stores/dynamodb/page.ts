import type { SessionEntry, SessionPage } from '../contract.js';
import type { DynamodbItem } from './clients.js';

/** The longest key that DynamoDB has, in bytes. */
const MAX_KEY_BYTES = 2048;

/** The key after which a page begins; none for what is no key: it begins at the start then. */
export function startKey(after: string | undefined): { id: string } | undefined {
  const bytes = Buffer.byteLength(after ?? '');
  return after === undefined || bytes === 0 || bytes > MAX_KEY_BYTES ? undefined : { id: after };
}

/** The page of these entries. `last` is the key at which DynamoDB stopped. */
export function toPage(
  entries: readonly (SessionEntry | undefined)[],
  last: DynamodbItem | undefined,
): SessionPage {
  return {
    entries: entries.flatMap((entry) =>
      entry === undefined ? [] : { id: entry.id, record: entry.record },
    ),
    next: last && String(last.id),
  };
}
