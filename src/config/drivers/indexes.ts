import type { Weakness } from '../../health/server.js';

/** What lacks an index that `migrate` makes, given the first column of each index that is there. */
export function missingIndexes(
  table: string,
  indexes: readonly Readonly<Record<string, unknown>>[],
): Weakness[] {
  const there = new Set(indexes.map(({ name }) => String(name)));
  return ['expires_at', 'user_id']
    .filter((column) => !there.has(column))
    .map((column) => ({
      is: `The table ${table} has no index over ${column}: ${column === 'user_id' ? 'finding the sessions of a user' : 'pruning'} reads all of it.`,
      advice: 'Make it with `npx sojourn migrate`.',
    }));
}
