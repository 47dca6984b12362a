import { SessionError } from '../../core/errors.js';
import { isKey, quoted } from '../../core/internal.js';

type Container = Record<string, unknown>;

/**
 * `present` with what `value` holds: in a list at its end, in an object key by key and deep. What
 * is neither stays as it is.
 */
export function merged(present: unknown, value: unknown): unknown {
  if (Array.isArray(present)) {
    // In place: copying the list for each value would take quadratic time.
    for (const each of Array.isArray(value) ? value : [value]) present.push(each);
    return present;
  }
  return isContainer(present) ? joined(present, value) : present;
}

/**
 * A copy of a value that is to be merged at `path`.
 * @throws `invalid-value` when it is too deep, or no plain data.
 */
export function copied(value: unknown, path: string): unknown {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new SessionError(
      'invalid-value',
      `The value to merge into ${quoted(path)} is nested too deep, or is not plain data. Merge plain data.`,
      { cause, path },
    );
  }
}

/** Objects and lists go key by key and deep, anything else replaces what was there. */
function joined(present: unknown, added: unknown): unknown {
  if (
    !isContainer(present) ||
    !isContainer(added) ||
    Array.isArray(present) !== Array.isArray(added)
  )
    return added;
  for (const [key, value] of Object.entries(added)) {
    if (isKey(key) && value !== undefined) present[key] = joined(present[key], value);
  }
  return present;
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
