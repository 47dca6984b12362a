import type { ListOptions } from '../core/directory.js';
import { clockMilliseconds, type Duration } from '../core/expiry.js';
import { PageError } from '../pages/page-error.js';

/** Which sessions are meant. */
export type Filter = Pick<ListOptions, 'user' | 'olderThan' | 'idleFor'>;

/** Where fields are read from: a query, a form, or JSON. */
export interface Fields {
  get(name: string): unknown;
}

/** @throws PageError for a field that is no filter. */
export function filterOf(fields: Fields): Filter {
  return {
    user: textOf(fields, 'user'),
    olderThan: durationOf(fields, 'olderThan'),
    idleFor: durationOf(fields, 'idleFor'),
  };
}

export function isEmpty(filter: Filter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

/** The filter in words: `of user ada, idle for 30d`. */
export function inWords({ user, olderThan, idleFor }: Filter): string {
  return [
    user !== undefined && `of user ${user}`,
    olderThan !== undefined && `older than ${olderThan}`,
    idleFor !== undefined && `idle for ${idleFor}`,
  ]
    .filter((part) => part !== false)
    .join(', ');
}

/** The text of a field; `undefined` for one that a form left empty. */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new PageError(400, `${name} is not a text.`);
}

/** @throws PageError unless the field is a whole number from `least` to `most`. */
export function numberOf(
  fields: Fields,
  name: string,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number {
  const value = fields.get(name);
  if (value === undefined || value === null || value === '') return otherwise;
  const number = typeof value === 'string' ? Number(value) : value;
  if (Number.isSafeInteger(number) && Number(number) >= least && Number(number) <= most)
    return Number(number);
  throw new PageError(400, `${name} is not a whole number from ${least} to ${most}.`);
}

/** @throws PageError unless the field says yes or no. */
export function flagOf(fields: Fields, name: string, otherwise: boolean): boolean {
  const value = fields.get(name);
  if (value === undefined || value === null || value === '') return otherwise;
  if (value === true || value === 'true' || value === '1') return true;
  if (value === false || value === 'false' || value === '0') return false;
  throw new PageError(400, `${name} is neither true nor false.`);
}

function durationOf(fields: Fields, name: string): Duration | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null || value === '') return undefined;
  const duration = typeof value === 'string' ? value.trim() : value;
  try {
    clockMilliseconds(duration as Duration, name);
  } catch {
    throw new PageError(400, `${name} is not a duration. Write '30m', '2h' or '30d'.`);
  }
  return duration as Duration;
}
