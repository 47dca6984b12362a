import type { SessionRecord, StoredSession } from '../contract.js';
import { fromStorableTexts, toStorableTexts } from '../text/record-texts.js';

/** The fields of a record's hash that a read asks for, in the order of {@link fromFields}. */
export const FIELDS = [
  'version',
  'data',
  'createdAt',
  'touchedAt',
  'expiresAt',
  'userId',
  'ipAddress',
  'userAgent',
] as const;

/** Fields and values, one after the other. */
export function toFields(record: SessionRecord): (string | number)[] {
  const { createdAt, touchedAt, expiresAt } = record;
  return Object.entries({ ...toStorableTexts(record), createdAt, touchedAt, expiresAt }).flat();
}

/** What was stored; `undefined` where there is no record. */
export function fromFields(values: readonly (string | null)[]): StoredSession<string> | undefined {
  const [
    version = null,
    data = null,
    createdAt,
    touchedAt,
    expiresAt,
    userId,
    ipAddress,
    userAgent,
  ] = values;
  if (version === null || data === null) return undefined;
  return {
    version,
    record: {
      ...fromStorableTexts({ data, userId, ipAddress, userAgent }),
      createdAt: Number(createdAt),
      touchedAt: Number(touchedAt),
      expiresAt: Number(expiresAt),
    },
  };
}
