import { SessionError } from './errors.js';

/**
 * Refuses options that nobody reads: a misspelt name would otherwise be ignored without a word.
 * @throws `invalid-option` naming the options that there are; `of` says what they belong to.
 */
export function refuseUnknown(options: object, known: readonly string[], of = ''): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const names = known.join(', ');
  throw new SessionError(
    'invalid-option',
    `There is no option '${unknown}'${of === '' ? '' : ` of ${of}`}. The options are: ${names}.`,
  );
}
