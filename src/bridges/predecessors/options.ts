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

/** The cookie of a system, as it has to be named to be removed. */
export function placeOf(
  name: string,
  { path, domain, partitioned }: CookiePlace = {},
): PredecessorCookie {
  return { name, path, domain, partitioned };
}
