import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { Connection } from '../http/request.js';
import { addAnswer, type CommitAnswer } from './answers/answer.js';
import { requireSessions } from './answers/required.js';
import { answerFailure, letGo } from './answers/web.js';

/**
 * Handles one web request; `rest` is whatever else the runtime passes (its environment, the
 * connection, ...).
 */
export type SessionFetch<Data extends object, Rest extends unknown[]> = (
  request: Request,
  session: Session<Data>,
  ...rest: Rest
) => Response | Promise<Response>;

/** Settings of {@link sessionHandler}. */
export interface SessionHandlerOptions<Rest extends unknown[]> {
  /**
   * What the runtime knows of the connection. Default: secure when the URL's scheme is https, no
   * address.
   */
  connection?: ((request: Request, ...rest: Rest) => Connection) | undefined;
  /**
   * Answers when the handler throws something else than a `Response`; the session is stored with
   * this answer too. Default: the error is thrown on, and nothing is stored.
   */
  onError?:
    | ((error: unknown, request: Request, ...rest: Rest) => Response | Promise<Response>)
    | undefined;
}

/**
 * A fetch handler with sessions: `export default { fetch: sessionHandler(sessions, (request,
 * session) => new Response('hello')) }`. When the session cannot be read or stored the answer is
 * status 503, or 500 when trying again is no use.
 * @throws `invalid-option` for what `createSessions` did not make.
 */
export function sessionHandler<Data extends object = DefaultData, Rest extends unknown[] = []>(
  sessions: Sessions<Data>,
  handler: SessionFetch<Data, Rest>,
  { connection, onError }: SessionHandlerOptions<Rest> = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  requireSessions(sessions, 'sessionHandler');
  return async (request, ...rest) => {
    try {
      const facts = { url: request.url, ...connection?.(request, ...rest) };
      const session = await sessions.open(request.headers, facts);
      const response = await thrownToo(() => answer(session, request, rest));
      try {
        return withAnswer(response, await sessions.commit(session));
      } catch (error) {
        letGo(response);
        throw error;
      }
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

/** A response that is thrown is an answer as well: `throw Response.redirect(url)`. */
async function thrownToo(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof Response) return error;
    throw error;
  }
}

function withAnswer(response: Response, committed: CommitAnswer): Response {
  // An upgrade, such as of a WebSocket, cannot be copied; on Bun there is no response then.
  if (committed.headers.length === 0 || !(response?.status >= 200)) return response;
  // The headers of a response that came from fetch cannot be changed.
  const own = new Response(response.body, response);
  addAnswer(own.headers, committed);
  return own;
}
