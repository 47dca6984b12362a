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

/** Handles one request; may be asynchronous. */
export type SessionListener<Request, Response, Data extends object> = (
  request: Request,
  response: Response,
  session: Session<Data>,
) => unknown;

/** Settings of {@link sessionListener}. */
export interface SessionListenerOptions<Request, Response> {
  /**
   * Answers when the session cannot be read or stored, or when the listener throws. What the
   * listener had set is gone by then, and the status is the error's own (503 when trying again may
   * help) or 500. Default: the status in words. What is thrown once the response has begun, or
   * here, becomes a warning.
   */
  onError?: ((error: unknown, request: Request, response: Response) => unknown) | undefined;
}

/**
 * A request listener with sessions, for `http.createServer`, `https.createServer` and
 * `http2.createSecureServer`: `createServer(sessionListener(sessions, (request, response, session)
 * => { ... }))`. The response leaves once the session is stored. For HTTP/2 write the types of both
 * parameters.
 * @throws `invalid-option` for what `createSessions` did not make.
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
 * Opens the session of a request and holds the head of its response back until the session is
 * stored. For adapters of frameworks on Node; `fail` is called when it cannot be stored, with the
 * headers of the response as they were here and the status of the error. Run the handler by
 * `sessions.run`: what still writes the lost answer is told by it from what answers the error.
 *
 * The upgrade of a WebSocket comes with something that hardly is a response, and is not held: call
 * `session.save()` there after a change.
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

  answerNow(): readonly HeaderPair[] | undefined {
    return this.#sessions.answerNow(this.owner)?.headers;
  }

  async commit(): Promise<readonly HeaderPair[]> {
    return (await this.#sessions.commit(this.owner)).headers;
  }

  isHandler(): boolean {
    return this.#sessions.present() === this.owner;
  }

  fail(error: unknown): unknown {
    if (!this.#response.headersSent) beginError(this.#response, this.#reset, error);
    return this.#fail(error);
  }
}
