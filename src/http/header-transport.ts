import { inspect } from 'node:util';
import { SessionError } from '../core/errors.js';
import type { Transport } from './transport.js';

/** RFC 9110, section 5.6.2. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * The token in a request header, for clients that keep it themselves; a new one comes in the
 * response header of the same name, and an empty one says to forget it. Scripts of the client can
 * read it, and browsers do not send it by themselves.
 * @throws `invalid-option` when `name` is no header name, or one of cookies.
 */
export function headerTransport(name: string): Transport {
  if (typeof name !== 'string' || !NAME.test(name) || /^(?:set-)?cookie$/i.test(name)) {
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
        send: (created) => [[name, created]],
        expire: () => [[name, '']],
      };
    },
  };
}
