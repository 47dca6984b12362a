import { isKey } from '../../core/internal.js';

/**
 * `present` with what `added` holds: objects and lists go key by key and deep, anything else
 * replaces what was there.
 */
export function merged(present: unknown, added: unknown): unknown {
  if (
    !isContainer(present) ||
    !isContainer(added) ||
    Array.isArray(present) !== Array.isArray(added)
  )
    return added;
  for (const [key, value] of Object.entries(added)) {
    if (isKey(key) && value !== undefined) present[key] = merged(present[key], value);
  }
  return present;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
