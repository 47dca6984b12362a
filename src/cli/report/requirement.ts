import type { Facts } from './facts.js';

/**
 * Who meets a requirement: Sojourn without an option; an option of this configuration; the
 * application, with a verb of Sojourn where there is one; nobody yet.
 */
export type Status = 'default' | 'option' | 'application' | 'open';

/** How this configuration stands to a requirement, in a sentence. */
export interface Verdict {
  readonly status: Status;
  readonly says: string;
}

/** A requirement of a standard. */
export interface Requirement {
  /** The standard and the number in it. */
  readonly id: string;
  /** What it asks for, in our words. */
  readonly asks: string;
  readonly judge: (facts: Facts) => Verdict;
  /** Ids of the tests that show what Sojourn does. */
  readonly shownBy: readonly string[];
}

export const byDefault = (says: string): Verdict => ({ status: 'default', says });
export const byOption = (says: string): Verdict => ({ status: 'option', says });
export const byApplication = (says: string): Verdict => ({ status: 'application', says });
export const open = (says: string): Verdict => ({ status: 'open', says });

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** A duration in the longest unit that fits: `'2 hours'`. */
export function inWords(milliseconds: number): string {
  const [unit, length] = UNITS.find(([, each]) => milliseconds % each === 0) ?? ['millisecond', 1];
  const count = milliseconds / length;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
