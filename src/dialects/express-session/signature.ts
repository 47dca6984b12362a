import { type BinaryLike, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { deprecate } from '../../bridges/connect/deprecate.js';
import { parseCookies } from '../../http/cookie.js';

/** What signs the cookie. */
export type Secret = BinaryLike | KeyObject;

/** What cookieParser leaves on a request. */
export interface ParsedCookies {
  readonly cookies?: Readonly<Record<string, unknown>> | undefined;
  readonly signedCookies?: Readonly<Record<string, unknown>> | undefined;
}

const SIGNED = 's:';
/** SHA-256 in base64 without padding. */
const MAC_LENGTH = 43;
/** How many of the ids of one request the store is asked for. */
const MAX_IDS = 4;

/** The value of a session's cookie: the id and its MAC. */
export function sign(id: string, secret: Secret): string {
  return `${SIGNED}${id}.${mac(id, secret)}`;
}

/** The id that a cookie carries, when any of the secrets signed it. */
export function unsign(value: string, secrets: readonly Secret[]): string | undefined {
  if (!value.startsWith(SIGNED)) return undefined;
  const end = value.lastIndexOf('.');
  const id = value.slice(SIGNED.length, end);
  const given = Buffer.from(value.slice(end + 1));
  // Before the costly work: other code may have set cookies of this name.
  if (given.length !== MAC_LENGTH) return undefined;
  return secrets.some((secret) => isEqual(given, Buffer.from(mac(id, secret)))) && id !== ''
    ? id
    : undefined;
}

function mac(id: string, secret: Secret): string {
  return createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
}

/** In constant time; the length is no secret. */
function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** How many cookies of one name are looked at; each costs a MAC. Others may have set some. */
const MAX_COOKIES = 50;

/**
 * The ids that a request asks for: in its `Cookie` header or, as ever, where cookieParser put it.
 * More than one when cookies of several domains or paths have the name.
 */
export function readIds(
  header: string | undefined,
  { cookies, signedCookies }: ParsedCookies,
  name: string,
  secrets: readonly Secret[],
): string[] {
  const ids = parseCookies(header ?? '', name, MAX_COOKIES).flatMap(
    (value) => unsign(decoded(value), secrets) ?? [],
  );
  if (ids.length > 0) return ids.length === 1 ? ids : [...new Set(ids)].slice(0, MAX_IDS);
  const signed = signedCookies?.[name];
  const plain = cookies?.[name];
  const other =
    (typeof signed === 'string' && signed) || (typeof plain === 'string' && unsign(plain, secrets));
  if (!other) return [];
  deprecate('cookie should be available in req.headers.cookie');
  return [other];
}

function decoded(value: string): string {
  const bare = value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}
