import { inspect } from 'node:util';
import { SessionError } from '../../core/errors.js';
import { refuseUnknown } from '../../core/known-options.js';

/**
 * Checks the options that all factories share: their names are known, and the clock is a function.
 * `needs` is the required option.
 * @throws `invalid-option` with the right call.
 */
export function checkOptions<Options extends { readonly now?: unknown }>(
  factory: string,
  options: Options,
  known: readonly (keyof Options & string)[],
  needs?: keyof Options & string,
): void {
  const isObject = typeof options === 'object' && options !== null;
  // Also when the client itself was given, which may have a method of this name.
  const isGiven =
    needs === undefined ||
    (isObject &&
      needs in options &&
      (Object.hasOwn(options, needs) || typeof options[needs] !== 'function'));
  if (!isGiven) throw invalid(`${needs} is missing. Write ${factory}({ ${needs} }).`);
  if (!isObject)
    throw invalid(
      `The options of ${factory} are not an object. The options are: ${known.join(', ')}.`,
    );
  refuseUnknown(options, known, factory);
  checkOption('now', options.now ?? Date.now, 'function', 'Leave it out.');
}

/** @throws `invalid-option` when an option is of another type. */
export function checkOption(
  name: string,
  value: unknown,
  type: 'function' | 'string' | 'boolean',
  advice: string,
): void {
  // Not the text itself: it may be the address of a server.
  const shown = typeof value === 'string' ? 'a text' : inspect(value, { depth: 0 });
  if (typeof value !== type) throw invalid(`${name} is ${shown}. ${advice}`);
}

function invalid(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
