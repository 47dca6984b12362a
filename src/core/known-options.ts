import { SessionError } from './errors.js';

/**
 * Refuses unknown options, and what is no object: otherwise a misspelt name would be ignored
 * silently.
 * @throws `invalid-option` with a list of the known options; `of` names their owner.
 */
export function refuseUnknown(options: object, known: readonly string[], of = ''): void {
  const names = known.join(', ');
  const whose = of === '' ? '' : ` of ${of}`;
  if (typeof options !== 'object' || options === null)
    throw new SessionError(
      'invalid-option',
      `The options${whose} are not an object. The options are: ${names}.`,
    );
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new SessionError(
    'invalid-option',
    `There is no option '${unknown}'${whose}. The options are: ${names}.`,
  );
}
