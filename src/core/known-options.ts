import { SessionError } from './errors.js';

/**
 * Refuses unknown options: otherwise a misspelt name would be ignored silently.
 * @throws `invalid-option` with a list of the known options; `of` names their owner.
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
