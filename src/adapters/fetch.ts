import { isSessionError } from '../core/errors.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { addHeaders } from '../http/headers.js';
import type { Connection } from '../http/request.js';
import type { HeaderPair } from '../http/transport.js';

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
   * Answers when the handler throws; the session is stored with this answer too. Default: the error
   * is thrown on, and nothing is stored.
   */
  onError?:
    | ((error: unknown, request: Request, ...rest: Rest) => Response | Promise<Response>)
    | undefined;
}

/**
 * A fetch handler with sessions: `export default { fetch: sessionHandler(sessions, (request,
 * session) => new Response('hello')) }`. When the session cannot be read or stored the answer is
 * status 503, or 500 when trying again is no use.
 */
export function sessionHandler<Data extends object = DefaultData, Rest extends unknown[] = []>(
  sessions: Sessions<Data>,
  handler: SessionFetch<Data, Rest>,
  { connection, onError }: SessionHandlerOptions<Rest> = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    try {
      const facts = connection?.(request, ...rest) ?? { secure: request.url.startsWith('https:') };
      const session = await sessions.open(request.headers, facts);
      const response = await answer(session, request, rest);
      return withHeaders(response, await sessions.commit(session));
    } catch (error) {
      return answerError(error);
    }
  };

  async function answer(session: Session<Data>, request: Request, rest: Rest): Promise<Response> {
    try {
      return await sessions.run(session, () => handler(request, session, ...rest));
    } catch (error) {
      if (onError === undefined) throw error;
      return onError(error, request, ...rest);
    }
  }
}

/** Answers an error of ours; what else was thrown is the runtime's to handle. */
function answerError(error: unknown): Response {
  if (!isSessionError(error)) throw error;
  const { status } = error;
  if (status === 500) process.emitWarning(error);
  const text = status === 503 ? 'Service Unavailable\n' : 'Internal Server Error\n';
  return new Response(text, { status, headers: { 'Cache-Control': 'no-store' } });
}

function withHeaders(response: Response, pairs: readonly HeaderPair[]): Response {
  if (pairs.length === 0) return response;
  // The headers of a response that came from fetch cannot be changed.
  const own = new Response(response.body, response);
  addHeaders(own.headers, pairs);
  return own;
}
