import type { SessionRecord } from '../contract.js';
import { fromStorable, toStorable } from './storable-text.js';

/** The texts of a record; what is not known is absent. */
export type RecordTexts = Pick<SessionRecord, 'data' | 'userId' | 'ipAddress' | 'userAgent'>;

/** The texts of a record, in the form of {@link toStorable}. */
export function toStorableTexts({
  data,
  userId,
  ipAddress,
  userAgent,
}: SessionRecord): RecordTexts {
  return {
    data: toStorable(data),
    ...(userId !== undefined && { userId: toStorable(userId) }),
    ...(ipAddress !== undefined && { ipAddress: toStorable(ipAddress) }),
    ...(userAgent !== undefined && { userAgent: toStorable(userAgent) }),
  };
}

/**
 * The texts that {@link toStorableTexts} was given. Databases answer with `null` for what is
 * absent, and some with bytes for text.
 */
export function fromStorableTexts({
  data,
  userId,
  ipAddress,
  userAgent,
}: { [Name in keyof RecordTexts]: unknown }): RecordTexts {
  return {
    data: fromStorable(String(data)),
    ...(isPresent(userId) && { userId: fromStorable(String(userId)) }),
    ...(isPresent(ipAddress) && { ipAddress: fromStorable(String(ipAddress)) }),
    ...(isPresent(userAgent) && { userAgent: fromStorable(String(userAgent)) }),
  };
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
