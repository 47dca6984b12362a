import type { Answer, Presented, RequestView, Transport } from '../http/transport.js';

/** Longer than any token of a store, and shorter than any sealed one. */
const SEALED_FROM = 120;

/**
 * Two cookies: `main` has the token of a session in the store, `sealed` a whole session. While a
 * request brings the first, the second does not count. So a late response that still carries the
 * session of before a login does not undo the login.
 */
export function firstTransport(main: Transport, sealed: Transport): Transport {
  return { ...main, receive: (request) => presented(request, main, sealed) };
}

function presented(request: RequestView, main: Transport, sealed: Transport): Presented {
  const token = main.receive(request);
  const whole = sealed.receive(request);
  const used = token.tokens.length > 0 ? token : whole;
  const takeAway = (other: Presented): Answer[] =>
    other.tokens.length > 0 ? [other.expire()] : [];

  return {
    tokens: used.tokens,
    exclusive: token.exclusive,
    refusal: token.refusal,
    send(text, ...rest) {
      const [own, other] = text.length < SEALED_FROM ? [token, whole] : [whole, token];
      return joined(own.send(text, ...rest), ...takeAway(other));
    },
    expire: () => joined(used.expire(), ...(used === token ? takeAway(whole) : [])),
    clearOthers: () => used.clearOthers(),
  };
}

function joined(...answers: Answer[]): Answer {
  return {
    headers: answers.flatMap(({ headers }) => headers),
    cookies: answers.flatMap(({ cookies }) => cookies),
  };
}
