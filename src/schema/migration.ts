import { isKey, isObject, type SessionData } from '../core/internal.js';
import { withoutValues } from './reason.js';
import type { Rules } from './rules.js';
import { messageOf } from './standard.js';

/** Turns all data of one version into that of the next. */
export type Migration = (data: Record<string, unknown>) => object;

/**
 * The texts of older data as texts of the present version, or why that failed.
 * @throws `invalid-record` when a value is damaged.
 */
export function migratedTexts(
  texts: ReadonlyMap<string, string>,
  from: number,
  rules: Rules,
  codec: Pick<SessionData, 'encodeValue' | 'decodeValue'>,
): ReadonlyMap<string, string> | string {
  const decode = (): Record<string, unknown> =>
    Object.fromEntries([...texts].map(([key, text]) => [key, codec.decodeValue(text)]));
  let data = decode();
  for (let version = from; version < rules.version; version++) {
    try {
      data = next(data, rules.migration(version));
    } catch (error) {
      return `the migration from version ${version} failed: ${withoutValues(messageOf(error), decode())}`;
    }
  }
  const migrated = new Map<string, string>();
  for (const [key, value] of Object.entries(data)) {
    if (!isKey(key) || value === undefined) continue;
    try {
      migrated.set(key, codec.encodeValue(key, value));
    } catch {
      return 'the codec cannot store what the migration makes';
    }
  }
  return migrated;
}

function next(data: Record<string, unknown>, migration: Migration = same): Record<string, unknown> {
  const made: unknown = migration(data);
  if (made instanceof Promise) {
    made.catch(() => undefined);
    throw new TypeError('it returns a promise');
  }
  if (!isObject(made)) throw new TypeError('it returns no object');
  return made as Record<string, unknown>;
}

function same(data: object): object {
  return data;
}
