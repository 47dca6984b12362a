import type { DefaultData, Session } from '../../core/session.js';
import type { Sessions } from '../../core/sessions.js';
import type { Connection } from '../../http/request.js';
import type { AnswerCookie } from '../../http/transport.js';
import { requireSessions } from '../answers/required.js';
import { answerFailure, committed, withAnswer } from '../answers/web.js';
import { withCookies } from './request-cookies.js';

/** The part of `NextResponse` of `next/server` that is used. */
export interface NextResponseClass {
  next(init?: { request?: { headers?: Headers } }): Response;
}

/** Settings of {@link sessionProxy}. */
export interface SessionProxyOptions<Incoming extends Request> {
  /** `NextResponse` of `next/server`. */
  NextResponse: NextResponseClass;
  /** As for `nextSessions`. */
  connection?: ((request: Incoming) => Connection) | undefined;
}

/** Answers in front of the page, by a redirect or a rewrite; `undefined` goes on to the page. */
export type SessionProxyHandler<
  Incoming extends Request,
  Data extends object,
  Rest extends unknown[],
> = (
  request: Incoming,
  session: Session<Data>,
  ...rest: Rest
) => Response | undefined | Promise<Response | undefined>;

const SERVER_ERROR = 500;
/** How Next marks a response of the proxy that goes on to a page. */
const GOES_ON = ['x-middleware-next', 'x-middleware-rewrite'];
const REQUEST_HEADERS = 'x-middleware-override-headers';
const REQUEST_HEADER = 'x-middleware-request-';

/**
 * `proxy` of Next 16: `export const proxy = sessionProxy(sessions, { NextResponse })`. Pages alone
 * only read: the proxy is what moves the idle deadline of their visitors and renews the token. The
 * page of the same request has the new token. When the session cannot be read or stored the answer
 * is status 503, or 500 when trying again is no use.
 * @throws `invalid-option` for what `createSessions` did not make.
 */
export function sessionProxy<
  Incoming extends Request,
  Data extends object = DefaultData,
  Rest extends unknown[] = [],
>(
  sessions: Sessions<Data>,
  { NextResponse, connection }: SessionProxyOptions<Incoming>,
  handler: SessionProxyHandler<Incoming, Data, Rest> = () => undefined,
): (request: Incoming, ...rest: Rest) => Promise<Response> {
  requireSessions(sessions, 'sessionProxy');

  return async (request, ...rest) => {
    try {
      const session = await sessions.open(request.headers, connection?.(request));
      const handle = async () => handler(request, session, ...rest);
      const response = await sessions.run(session, handle).then(
        (answered) => answered ?? NextResponse.next(),
        async (error) => {
          await sessions.commit(session, { status: SERVER_ERROR });
          throw error;
        },
      );
      const { status } = response;
      const answer = await committed(response, () => sessions.commit(session, { status }));
      return passOn(withAnswer(response, answer), request, answer.cookies);
    } catch (error) {
      return answerFailure(error);
    }
  };

  /** The page sees the request as if the browser had the cookies of the answer already. */
  function passOn(
    response: Response,
    request: Request,
    cookies: readonly AnswerCookie[],
  ): Response {
    const { headers } = response;
    if (cookies.length === 0 || !GOES_ON.some((name) => headers.has(name))) return response;
    const seen = headersSeen(headers) ?? new Headers(request.headers);
    seen.set('cookie', withCookies(seen.get('cookie'), cookies));
    for (const [name, value] of NextResponse.next({ request: { headers: seen } }).headers)
      if (name === REQUEST_HEADERS || name.startsWith(REQUEST_HEADER)) headers.set(name, value);
    return response;
  }
}

/** The request's headers as the handler gives them to the page, when it changed them. */
function headersSeen(headers: Headers): Headers | undefined {
  const names = headers.get(REQUEST_HEADERS);
  if (names === null) return undefined;
  return new Headers(
    names.split(',').map((name) => [name, headers.get(REQUEST_HEADER + name) ?? '']),
  );
}
