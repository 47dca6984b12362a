import type { SessionRecord, StoredSession } from '../../core/store.js';
import { fromStorable, toStorable } from '../shared/text.js';

/** The fields of a record's hash that a read asks for, in the order of {@link fromFields}. */
export const FIELDS = ['version', 'data', 'createdAt', 'touchedAt', 'expiresAt', 'userId', 'ipAddress', 'userAgent'] as const;

/** Fields and values, one after the other. */
export function toFields({
  data,
  createdAt,
  touchedAt,
  expiresAt,
  userId,
  ipAddress,
  userAgent,
}: SessionRecord): (string | number)[] {
  const fields = ['data', toStorable(data), 'createdAt', createdAt, 'touchedAt', touchedAt, 'expiresAt', expiresAt];
  if (userId !== undefined) fields.push('userId', toStorable(userId));
  if (ipAddress !== undefined) fields.push('ipAddress', toStorable(ipAddress));
  if (userAgent !== undefined) fields.push('userAgent', toStorable(userAgent));
  return fields;
}

/** What was stored; `undefined` where there is no record. */
export function fromFields(values: readonly (string | null)[]): StoredSession<number> | undefined {
  const [version = null, data = null, createdAt, touchedAt, expiresAt, userId, ipAddress, userAgent] = values;
  if (version === null || data === null) return undefined;
  return {
    version: Number(version),
    record: {
      data: fromStorable(data),
      createdAt: Number(createdAt),
      touchedAt: Number(touchedAt),
      expiresAt: Number(expiresAt),
      ...(typeof userId === 'string' && { userId: fromStorable(userId) }),
      ...(typeof ipAddress === 'string' && { ipAddress: fromStorable(ipAddress) }),
      ...(typeof userAgent === 'string' && { userAgent: fromStorable(userAgent) }),
    },
  };
}
