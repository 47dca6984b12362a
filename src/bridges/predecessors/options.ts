import { SessionError } from '../../core/errors.js';
import type { PredecessorCookie } from '../../core/internal.js';

/** The data of sessions whose type was not given. */
// biome-ignore lint/suspicious/noExplicitAny: as the packages that are left have it.
export type AnyData = Record<string, any>;

/** The attributes of a cookie as the system that is left has them: the first three count. */
export interface CookiePlace {
  readonly path?: string | undefined;
  readonly domain?: string | undefined;
  readonly partitioned?: boolean | undefined;
  readonly expires?: unknown;
  readonly httpOnly?: unknown;
  readonly maxAge?: unknown;
  readonly priority?: unknown;
  readonly sameSite?: unknown;
  readonly secure?: unknown;
}

/** Says whose the sessions are. */
export interface WhoseSession<Data extends object> {
  /** The id of the user. Default nobody's: `session.userId` is `undefined`. */
  readonly userId?: ((data: Data) => string | undefined) | undefined;
}

/** The cookie of a system, as it has to be named to be removed. */
export function placeOf(
  name: string,
  { path, domain, partitioned }: CookiePlace = {},
): PredecessorCookie {
  return { name, path, domain, partitioned };
}

/**
 * Checks what a bridge cannot do without.
 * @throws `invalid-option` naming the option.
 */
export function required(factory: string, options: string, given: unknown): void {
  if (given) return;
  throw new SessionError(
    'invalid-option',
    `${factory} needs ${options}. Give what the system of old got.`,
  );
}

/** The object in a text of JSON; `undefined` for any other text. */
export function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? value : undefined;
  } catch {
    return undefined;
  }
}
