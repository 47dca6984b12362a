import { SessionError } from '../core/errors.js';
import { type CookieForm, type CookieOptions, readCookieOptions } from './cookie-options.js';
import type { HeaderPair, RequestView, Transport } from './transport.js';

export type { CookieOptions } from './cookie-options.js';

/**
 * Name and value together; browsers drop a longer cookie without a word (RFC 6265bis, section 5.6,
 * step 5).
 */
const MAX_COOKIE_OCTETS = 4096;
/**
 * A token that does not fit goes on in a second cookie and no further: 8 KiB, half of what Node
 * takes as headers altogether. The mark says how many cookies there are; no token has its `~`.
 */
const SPLIT_MARK = '2~';
/** 400 days in seconds, the longest that browsers keep a cookie (RFC 6265bis, section 5.5). */
const MAX_AGE_SECONDS = 34_560_000;
/**
 * Each value costs a look-up or a decryption, and more than one is somebody else's doing already.
 */
const MAX_VALUES = 4;

const TOKEN_TEXT = /^[\w.-]+$/;
const EXPIRED = '; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT';
/** Hosts that browsers trust without TLS. */
const LOOPBACK = /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d*)?$/i;

/**
 * The token in a cookie. `now` is the clock for `Expires`, in epoch milliseconds.
 * @throws `invalid-option` for options that a browser would not honour.
 */
export function cookieTransport(
  options: CookieOptions = {},
  now: () => number = Date.now,
): Transport {
  const { bareName, secure, persistent, onSecureRequest, onOtherRequest } =
    readCookieOptions(options);

  return {
    name: bareName,
    vary: 'Cookie',
    persistent,

    receive(request) {
      const form = request.secure ? onSecureRequest : onOtherRequest;
      const header = request.header('cookie') ?? '';
      const leftOver = (): HeaderPair[] =>
        parseCookies(header, form.secondName).length > 0
          ? [setCookie(form.secondName, '', form.attributes + EXPIRED)]
          : [];

      return {
        tokens: readTokens(header, form),
        exclusive: form.exclusive,
        refusal: secure === true && !request.secure ? refusal(request) : undefined,

        send(token, maxAge) {
          const attributes = persistent
            ? form.attributes + keptFor(maxAge, now())
            : form.attributes;
          const [first, second] = split(token, form);
          const pair = setCookie(form.name, first, attributes);
          return second === undefined
            ? [pair, ...leftOver()]
            : [pair, setCookie(form.secondName, second, attributes)];
        },

        expire: () => [setCookie(form.name, '', form.attributes + EXPIRED), ...leftOver()],
      };
    },
  };
}

/**
 * The values of the cookies called `name`, in the order of the header and at most four. Splits as
 * RFC 6265bis does: at every `;`, with only spaces and tabs trimmed, names compared by case, and
 * neither quotes nor percent signs meaning anything.
 */
export function parseCookies(header: string, name: string): string[] {
  const values: string[] = [];
  if (!header.includes(name)) return values;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals === -1 || trimmed(pair, 0, equals) !== name) continue;
    values.push(trimmed(pair, equals + 1, pair.length));
    if (values.length === MAX_VALUES) break;
  }
  return values;
}

function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: number): boolean {
  return character === 0x20 || character === 0x09;
}

/** A value with a mark counts only together with exactly one second cookie. */
function readTokens(header: string, form: CookieForm): string[] {
  const values = parseCookies(header, form.name);
  if (!values.some((value) => value.startsWith(SPLIT_MARK))) return values;
  const [second, ...more] = parseCookies(header, form.secondName);
  return values.flatMap((value) => {
    if (!value.startsWith(SPLIT_MARK)) return [value];
    return second === undefined || more.length > 0 ? [] : [value.slice(SPLIT_MARK.length) + second];
  });
}

/** The value of the cookie and, when the token does not fit, of the second one. */
function split(token: string, { name, secondName }: CookieForm): [string, string?] {
  if (!TOKEN_TEXT.test(token))
    throw new SessionError(
      'invalid-value',
      'A token holds other characters than a cookie can. Use the tokens Sojourn makes.',
    );
  if (name.length + token.length <= MAX_COOKIE_OCTETS) return [token];
  const cut = MAX_COOKIE_OCTETS - name.length - SPLIT_MARK.length;
  const limit = cut + MAX_COOKIE_OCTETS - secondName.length;
  if (token.length > limit) {
    throw new SessionError(
      'too-large',
      `The session takes ${token.length} characters as a cookie and ${limit} are the limit. Keep less in it, set compress, or keep it in a store.`,
    );
  }
  return [SPLIT_MARK + token.slice(0, cut), token.slice(cut)];
}

function setCookie(name: string, value: string, attributes: string): HeaderPair {
  return ['Set-Cookie', `${name}=${value}${attributes}`];
}

function keptFor(maxAge: number, now: number): string {
  const seconds = Math.min(Math.max(Math.ceil(maxAge / 1000), 1), MAX_AGE_SECONDS);
  return `; Max-Age=${seconds}; Expires=${httpDate(Math.floor(now / 1000) + seconds)}`;
}

let lastSecond = 0;
let lastDate = 'Thu, 01 Jan 1970 00:00:00 GMT';

/**
 * The IMF-fixdate of an epoch second (RFC 9110, section 5.6.7). The last one is kept, for
 * formatting is slow and most ask for the same.
 */
function httpDate(second: number): string {
  if (second !== lastSecond) {
    lastDate = new Date(second * 1000).toUTCString();
    lastSecond = second;
  }
  return lastDate;
}

function refusal(request: RequestView): string | undefined {
  if (LOOPBACK.test(request.header('host') ?? '')) return undefined;
  return (
    `The session cookie is Secure and this request is not: ${request.insecureReason.replace(/\.$/, '')}. ` +
    "Serve https, set trustProxy when a proxy in front ends TLS, or set cookie.secure to 'auto' for development."
  );
}
