import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { Connection } from '../http/request.js';
import { requireSessions } from './answers/required.js';
import { answerFailure, committed, thrownToo, withAnswer } from './answers/web.js';

/**
 * Handles one web request. `rest` holds the other arguments of the runtime, such as its
 * environment.
 */
export type SessionFetch<Data extends object, Rest extends unknown[]> = (
  request: Request,
  session: Session<Data>,
  ...rest: Rest
) => Response | Promise<Response>;

/** Options of {@link sessionHandler}. */
export interface SessionHandlerOptions<Rest extends unknown[]> {
  /**
   * Tells whether the connection is secure, and the client's address. Default: secure when the URL
   * begins with `https:`; no address.
   */
  connection?: ((request: Request, ...rest: Rest) => Connection) | undefined;
  /**
   * Makes the response when the handler throws anything but a `Response`. The session is stored
   * with this response too. Default: the error is rethrown, and nothing is stored.
   */
  onError?:
    | ((error: unknown, request: Request, ...rest: Rest) => Response | Promise<Response>)
    | undefined;
}

/**
 * A fetch handler with sessions: `export default { fetch: sessionHandler(sessions, (request,
 * session) => new Response('hello')) }`. When the session cannot be read or stored, the response
 * has status 503, or 500 when another try will not help.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function sessionHandler<Data extends object = DefaultData, Rest extends unknown[] = []>(
  sessions: Sessions<Data>,
  handler: SessionFetch<Data, Rest>,
  { connection, onError }: SessionHandlerOptions<Rest> = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  requireSessions(sessions, 'sessionHandler');
  return async (request, ...rest) => {
    try {
      const { url, method } = request;
      const facts = { url, method, ...connection?.(request, ...rest) };
      const session = await sessions.open(request.headers, facts);
      const response = await thrownToo(() => answer(session, request, rest));
      const { status } = response ?? {};
      const store = () => sessions.commit(session, { status });
      return withAnswer(response, await committed(response, store));
    } catch (error) {
      return answerFailure(error);
    }
  };

  async function answer(session: Session<Data>, request: Request, rest: Rest): Promise<Response> {
    const handle = async (): Promise<Response> => handler(request, session, ...rest);
    try {
      return await thrownToo(() => sessions.run(session, handle));
    } catch (error) {
      if (onError === undefined) throw error;
      return onError(error, request, ...rest);
    }
  }
}
