import { SessionError } from './errors.js';
import type { Keys } from './path.js';

/** The change that adds values to the end of a list, making it when absent. */
export function adding(
  keys: Keys,
  values: () => readonly unknown[],
): (present: unknown) => unknown[] {
  return (present) => {
    if (present === undefined || present === null) return [...values()];
    if (!Array.isArray(present)) throw wrongType(keys, 'a list', 'push');
    present.push(...values());
    return present;
  };
}

/** The change that adds to a number, 0 when absent. */
export function incrementing(keys: Keys, by: number): (present: unknown) => number {
  if (!Number.isFinite(by)) throw wrongType(keys, 'to be changed by a finite number', 'increment');
  return (present = 0) => {
    if (typeof present !== 'number') throw wrongType(keys, 'a number', 'increment');
    return present + by;
  };
}

/** Whether nobody can change a value in place. */
export function isPrimitive(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function wrongType(keys: Keys, wanted: string, verb: string): SessionError {
  const path = keys.join('.');
  return new SessionError(
    'invalid-value',
    `'${path}' is not ${wanted}, so ${verb} cannot work. Set it first, or use update.`,
    {
      path,
    },
  );
}
