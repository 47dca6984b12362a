import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { HeaderPair } from '../http/transport.js';
import { requireSessions } from './answers/required.js';
import { answerError, beginError, warn } from './node/errors.js';
import { headReset, isResponse, type NodeResponse } from './node/head.js';
import type { Hold } from './node/hold.js';
import { connectionOf, headersOf, type NodeRequest } from './node/request.js';
import { hasEnded, holdResponse } from './node/response.js';

export { clearTooManyCookies } from './node/header-overflow.js';
export type { NodeRequest } from './node/request.js';

/** Handles one request. It may be asynchronous. */
export type SessionListener<Request, Response, Data extends object> = (
  request: Request,
  response: Response,
  session: Session<Data>,
) => unknown;

/** Options of {@link sessionListener}. */
export interface SessionListenerOptions<Request, Response> {
  /**
   * Answers when the session cannot be read or stored, or when the listener throws. The headers of
   * the listener are removed before, and the status is that of the error, or 500. A session that
   * could not be read or stored has 503 when another try may help. Default: a page with the name of
   * the status. Errors that are thrown here, or after the response began, become warnings of the
   * process.
   */
  onError?: ((error: unknown, request: Request, response: Response) => unknown) | undefined;
}

/**
 * A request listener with sessions, for `http.createServer`, `https.createServer` and
 * `http2.createSecureServer`: `createServer(sessionListener(sessions, (request, response, session)
 * => { ... }))`. The response leaves once the session is stored. For HTTP/2, annotate the types of
 * `request` and `response`.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function sessionListener<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
  Data extends object = DefaultData,
>(
  sessions: Sessions<Data>,
  listener: SessionListener<Request, Response, Data>,
  { onError = answerError }: SessionListenerOptions<Request, Response> = {},
): (request: Request, response: Response) => Promise<void> {
  requireSessions(sessions, 'sessionListener');
  return async (request, response) => {
    const reset = headReset(response);
    let isLost = false;
    try {
      const session = await openSession(sessions, request, response, (error) => {
        isLost = true;
        return answer(error);
      });
      await sessions.run(session, () => listener(request, response, session));
    } catch (error) {
      if (isLost) warn(error);
      else await answer(error);
    }

    async function answer(error: unknown): Promise<void> {
      try {
        if (response.headersSent) throw error;
        beginError(response, reset, error);
        await onError(error, request, response);
      } catch (unanswered) {
        warn(unanswered);
        if (!hasEnded(response)) response.destroy();
      }
    }
  };
}

/**
 * Opens the session of a request and holds the response headers back until the session is stored.
 * For adapters of Node frameworks. When the session cannot be stored, the response gets back the
 * headers that it had at this call, and the status of the error; then `fail` is called to answer.
 * Run the handler with `sessions.run`: this tells writes of the failed handler from writes of
 * `fail`.
 *
 * A WebSocket upgrade has no real response, so nothing is held back: call `session.save()` there
 * after a change.
 */
export async function openSession<Data extends object>(
  sessions: Sessions<Data>,
  request: NodeRequest,
  response: NodeResponse,
  fail: (error: unknown) => unknown,
): Promise<Session<Data>> {
  const session = await sessions.open(headersOf(request), connectionOf(request));
  if (isResponse(response))
    holdResponse(response, new SessionHold(sessions, session, response, fail));
  return session;
}

class SessionHold<Data extends object> implements Hold {
  readonly owner: Session<Data>;
  readonly #sessions: Sessions<Data>;
  readonly #response: NodeResponse;
  readonly #fail: (error: unknown) => unknown;
  readonly #reset: () => void;

  constructor(
    sessions: Sessions<Data>,
    session: Session<Data>,
    response: NodeResponse,
    fail: (error: unknown) => unknown,
  ) {
    this.owner = session;
    this.#sessions = sessions;
    this.#response = response;
    this.#fail = fail;
    this.#reset = headReset(response);
  }

  answerNow(status: number): readonly HeaderPair[] | undefined {
    return this.#sessions.answerNow(this.owner, { status })?.headers;
  }

  async commit(status: number): Promise<readonly HeaderPair[]> {
    return (await this.#sessions.commit(this.owner, { status })).headers;
  }

  isHandler(): boolean {
    return this.#sessions.present() === this.owner;
  }

  fail(error: unknown): unknown {
    if (!this.#response.headersSent) beginError(this.#response, this.#reset, error);
    return this.#fail(error);
  }
}
