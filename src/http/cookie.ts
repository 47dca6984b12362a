import { SessionError } from '../core/errors.js';
import { CookieAnswer, type EndedCookie, expired, lasting } from './cookie-ending.js';
import { type CookieForm, otherEndings } from './cookie-form.js';
import { type CookieOptions, readCookieOptions } from './cookie-options.js';
import type { Presented, RequestView, Transport } from './transport.js';

export { type CookieOptions, cookieName } from './cookie-options.js';

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
/**
 * Each value costs a look-up or a decryption, and more than one is somebody else's doing already.
 */
const MAX_VALUES = 4;

const TOKEN_TEXT = /^[\w.-]+$/;
/** Hosts that browsers trust without TLS. */
const LOOPBACK = /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d*)?$/i;

/**
 * The token in a cookie. `now` is the clock for `Expires`, in epoch milliseconds.
 * @throws `invalid-option` for options that do not exist or that a browser would not honour.
 */
export function cookieTransport(
  options: CookieOptions = {},
  now: () => number = Date.now,
): Transport {
  if (typeof now !== 'function')
    throw new SessionError(
      'invalid-option',
      'The clock of the cookie is not a function. Leave it out.',
    );
  const { bareName, secure, persistent, onSecureRequest, onOtherRequest } =
    readCookieOptions(options);

  return {
    name: bareName,
    vary: 'Cookie',
    persistent,
    receive(request) {
      const form = request.secure ? onSecureRequest : onOtherRequest;
      return presented(
        request,
        form,
        secure === true && !request.secure ? refusal(request) : undefined,
      );
    },
  };

  function presented(
    request: RequestView,
    form: CookieForm,
    refused: string | undefined,
  ): Presented {
    const header = request.header('cookie') ?? '';
    const isSplit = (): boolean => parseCookies(header, form.secondName).length > 0;

    return {
      tokens: readTokens(header, form),
      exclusive: form.exclusive,
      refusal: refused,

      send(token, maxAge, isPersistent = persistent) {
        const own = form.ending(request);
        const ending = isPersistent ? lasting(own, maxAge, now()) : own;
        const [first, second] = split(token, form);
        const cookies: EndedCookie[] = [{ name: form.name, value: first, ending }];
        if (second !== undefined) cookies.push({ name: form.secondName, value: second, ending });
        else if (isSplit())
          cookies.push({ name: form.secondName, value: '', ending: expired(own) });
        return new CookieAnswer(cookies);
      },

      expire() {
        const ending = expired(form.ending(request));
        return new CookieAnswer(names().map((name) => ({ name, value: '', ending })));
      },

      clearOthers() {
        const endings = otherEndings(form, request).map(expired);
        return new CookieAnswer(
          endings.flatMap((ending) => names().map((name) => ({ name, value: '', ending }))),
        );
      },
    };

    function names(): string[] {
      return isSplit() ? [form.name, form.secondName] : [form.name];
    }
  }
}

/**
 * The values of the cookies called `name`, in the order of the header and at most `most`. Splits as
 * RFC 6265bis does: at every `;`, with only spaces and tabs trimmed, names compared by case, and
 * neither quotes nor percent signs meaning anything.
 */
export function parseCookies(header: string, name: string, most: number = MAX_VALUES): string[] {
  const values: string[] = [];
  if (!header.includes(name)) return values;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals === -1 || trimmed(pair, 0, equals) !== name) continue;
    values.push(trimmed(pair, equals + 1, pair.length));
    if (values.length === most) break;
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
      'The token has characters that a cookie cannot hold. Use the tokens that Sojourn makes.',
    );
  if (name.length + token.length <= MAX_COOKIE_OCTETS) return [token];
  const cut = MAX_COOKIE_OCTETS - name.length - SPLIT_MARK.length;
  const limit = cut + MAX_COOKIE_OCTETS - secondName.length;
  if (token.length > limit) {
    throw new SessionError(
      'too-large',
      `The session takes ${token.length} characters as a cookie, above the limit of ${limit}. Keep less in it, set compress, or keep it in a store.`,
    );
  }
  return [SPLIT_MARK + token.slice(0, cut), token.slice(cut)];
}

function refusal(request: RequestView): string | undefined {
  if (LOOPBACK.test(request.host)) return undefined;
  return (
    `The session cookie is Secure and this request is not: ${request.insecureReason.replace(/\.$/, '')}. ` +
    "Serve https, set trustProxy when a proxy in front ends TLS, or set cookie.secure to 'auto' for development."
  );
}
