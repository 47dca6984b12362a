import { inspect } from 'node:util';
import { SessionError } from '../core/errors.js';
import type { Transport } from './transport.js';

/** RFC 9110, section 5.6.2. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** Headers that clients and proxies interpret: a token in one of them breaks the response. */
const TAKEN = new Set([
  'cookie',
  'set-cookie',
  'host',
  'origin',
  'vary',
  'cache-control',
  'connection',
  'upgrade',
  'trailer',
  'transfer-encoding',
  'content-length',
  'content-type',
  'content-encoding',
  'date',
  'location',
]);

/**
 * Carries the token in a request header instead of a cookie, for clients that store it themselves.
 * A new token comes in the response header of the same name; an empty value tells the client to
 * forget its token. Scripts of the client can read the token, and browsers do not send it by
 * themselves.
 * @throws `invalid-option` when `name` is not a header name, or when HTTP itself uses the header.
 */
export function headerTransport(name: string): Transport {
  if (typeof name !== 'string' || !NAME.test(name) || TAKEN.has(name.toLowerCase())) {
    throw new SessionError(
      'invalid-option',
      `${inspect(name)} cannot carry the token. Use a header such as 'x-session'; cookies are the default transport.`,
    );
  }
  const lowerCased = name.toLowerCase();

  return {
    name: lowerCased,
    vary: name,
    persistent: false,

    receive(request) {
      const token = request.header(lowerCased);
      return {
        tokens: token ? [token] : [],
        exclusive: false,
        refusal: undefined,
        send: (created) => ({ headers: [[name, created]], cookies: [] }),
        expire: () => ({ headers: [[name, '']], cookies: [] }),
        clearOthers: () => ({ headers: [], cookies: [] }),
      };
    },
  };
}
