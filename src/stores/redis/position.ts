import { hash } from 'node:crypto';

/** How far a list has come, between two of its pages. */
export interface ListPosition {
  /** The masters that are through, in the form of {@link markOf}. */
  readonly through: readonly string[];
  /** The master whose turn it is, in the same form; `''` when the next one begins. */
  readonly current: string;
  /** Where SCAN goes on at that master. */
  readonly cursor: string;
  /** What SCAN found beyond the end of the page: ids, as keys have them. */
  readonly ids: readonly string[];
  /** The last ids that pages have had, in the form of {@link markOf}. */
  readonly recent: readonly string[];
}

const START: ListPosition = { through: [], current: '', cursor: '0', ids: [], recent: [] };
/** What SCAN takes: the server refuses what is not below 2^64. */
const CURSOR = /^\d{1,19}$/;

/** A name in 48 bits, so that a position stays short. */
export function markOf(name: string): string {
  return hash('sha256', name, 'base64url').slice(0, 8);
}

/** The `next` of a page. */
export function formatPosition({ through, current, cursor, ids, recent }: ListPosition): string {
  return JSON.stringify([through, current, cursor, ids, recent]);
}

/** Where a page begins: what {@link formatPosition} was given; the start for anything else. */
export function parsePosition(next: string | undefined): ListPosition {
  if (next === undefined) return START;
  try {
    const [through, current, cursor, ids, recent] = JSON.parse(next) as unknown[];
    if (!isTexts(through) || !isTexts(ids) || !isTexts(recent)) return START;
    if (typeof current !== 'string' || typeof cursor !== 'string') return START;
    return CURSOR.test(cursor) ? { through, current, cursor, ids, recent } : START;
  } catch {
    // Not a position of ours.
    return START;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
