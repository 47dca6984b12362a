import type { Answer, AnswerCookie, CookieAttributes, HeaderPair } from './transport.js';

/** 400 days in seconds, the longest that browsers keep a cookie (RFC 6265bis, section 5.5). */
const MAX_AGE_SECONDS = 34_560_000;

/** Attributes of a cookie as text, each with its `; ` in front, and as values for who asks. */
export interface CookieEnding {
  readonly text: string;
  readonly attributes: CookieAttributes;
}

/** The ending of a cookie that lives until the browser's end. Made once and used for every cookie. */
export function cookieEnding(attributes: CookieAttributes): CookieEnding {
  const { path, domain, httpOnly, secure, sameSite, partitioned, priority } = attributes;
  const parts = [`; Path=${path}`];
  if (domain !== undefined) parts.push(`; Domain=${domain}`);
  if (httpOnly) parts.push('; HttpOnly');
  if (secure) parts.push('; Secure');
  parts.push(`; SameSite=${capitalized(sameSite)}`);
  if (partitioned) parts.push('; Partitioned');
  if (priority !== undefined) parts.push(`; Priority=${capitalized(priority)}`);
  return { attributes: Object.freeze(attributes), text: parts.join('') };
}

/** The same for a cookie that the browser keeps for `maxAge` milliseconds from `now` on. */
export function lasting(ending: CookieEnding, maxAge: number, now: number): CookieEnding {
  const seconds = Math.min(Math.max(Math.ceil(maxAge / 1000), 1), MAX_AGE_SECONDS);
  return new TimedEnding(ending, seconds, Math.floor(now / 1000) + seconds);
}

/** The same for a cookie that the browser removes. */
export function expired(ending: CookieEnding): CookieEnding {
  return new TimedEnding(ending, 0, 0);
}

class TimedEnding implements CookieEnding {
  readonly text: string;
  readonly #ending: CookieEnding;
  readonly #maxAge: number;
  readonly #second: number;

  constructor(ending: CookieEnding, maxAge: number, second: number) {
    this.text = `${ending.text}; Max-Age=${maxAge}; Expires=${httpDate(second)}`;
    this.#ending = ending;
    this.#maxAge = maxAge;
    this.#second = second;
  }

  get attributes(): CookieAttributes {
    const expires = new Date(this.#second * 1000);
    return { ...this.#ending.attributes, maxAge: this.#maxAge, expires };
  }
}

/** A cookie before it is written in either form. */
export interface EndedCookie {
  readonly name: string;
  readonly value: string;
  readonly ending: CookieEnding;
}

/** Most adapters send the headers, so the values are made for those alone who ask. */
export class CookieAnswer implements Answer {
  readonly headers: readonly HeaderPair[];
  readonly #cookies: readonly EndedCookie[];

  constructor(cookies: readonly EndedCookie[]) {
    this.headers = cookies.map(
      ({ name, value, ending }): HeaderPair => ['Set-Cookie', `${name}=${value}${ending.text}`],
    );
    this.#cookies = cookies;
  }

  get cookies(): readonly AnswerCookie[] {
    return this.#cookies.map(({ name, value, ending }) => ({
      name,
      value,
      attributes: ending.attributes,
    }));
  }
}

const EPOCH = 'Thu, 01 Jan 1970 00:00:00 GMT';
let lastSecond = 0;
let lastDate = EPOCH;

/**
 * The IMF-fixdate of an epoch second (RFC 9110, section 5.6.7). The last one is kept, for
 * formatting is slow and most ask for the same.
 */
function httpDate(second: number): string {
  if (second === 0) return EPOCH;
  if (second !== lastSecond) {
    lastDate = new Date(second * 1000).toUTCString();
    lastSecond = second;
  }
  return lastDate;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
