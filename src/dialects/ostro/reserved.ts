import { SessionError } from '../../core/errors.js';
import { parsePath, quoted } from '../../core/internal.js';

// The dialect's own data, which `all` does not show.
export const INPUTS = '__inputs';
export const ERRORS = '__errors';
/** `__token` is where OstroJS keeps the token against forged requests. */
export const RESERVED: readonly string[] = ['__token', INPUTS, ERRORS];

/**
 * The path, when an application may read and write there.
 * @throws `invalid-path`: nobody may change by `put(request.body)` what the dialect keeps.
 */
export function usable<Path extends string | readonly [string]>(path: Path): Path {
  const [name] = parsePath(path);
  if (!RESERVED.includes(name)) return path;
  throw new SessionError(
    'invalid-path',
    `${quoted(name)} is a name that sojourn/ostro keeps for itself. Use token(), old() and errors() to read it, and another name for data.`,
    { path: name },
  );
}
