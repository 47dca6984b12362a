import type { Connection } from '../core/request.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { holdResponse, type NodeResponse } from './node-response.js';

/** The part of a request of `node:http`, `node:https` or `node:http2` that is used. */
export interface NodeRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: { readonly encrypted?: boolean; readonly remoteAddress?: string | undefined };
}

/** Handles one request; may be asynchronous. */
export type SessionListener<Request, Response, Data extends object> = (
  request: Request,
  response: Response,
  session: Session<Data>,
) => unknown;

/** Settings of {@link sessionListener}. */
export interface SessionListenerOptions<Request, Response> {
  /**
   * Answers when the session cannot be read or stored, or when the listener throws. Default: the error's status (503 when trying again may help) and
   * its standard text. What the handler had set for its own response is gone by then.
   */
  onError?: ((error: unknown, request: Request, response: Response) => unknown) | undefined;
}

/**
 * A request listener with sessions, for `http.createServer`, `https.createServer` and `http2.createSecureServer`:
 * `createServer(sessionListener(sessions, (request, response, session) => { ... }))`.
 * The response leaves once the session is stored.
 */
export function sessionListener<Request extends NodeRequest, Response extends NodeResponse, Data extends object = DefaultData>(
  sessions: Sessions<Data>,
  listener: SessionListener<Request, Response, Data>,
  { onError = answerError }: SessionListenerOptions<Request, Response> = {},
): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    try {
      const session = await openSession(sessions, request, response, (error) => onError(error, request, response));
      await sessions.run(session, () => listener(request, response, session));
    } catch (error) {
      if (response.headersSent) response.destroy(error instanceof Error ? error : undefined);
      else await onError(error, request, response);
    }
  };
}

/**
 * Opens the session of a request and holds the head of its response back until the session is stored. For adapters of frameworks on Node; `fail` is
 * called, with the response free to be written, when it cannot be stored.
 */
export async function openSession<Data extends object>(
  sessions: Sessions<Data>,
  request: NodeRequest,
  response: NodeResponse,
  fail: (error: unknown) => unknown,
): Promise<Session<Data>> {
  const session = await sessions.open(request.headers, new NodeConnection(request));
  holdResponse(response, {
    isPending: () => sessions.isPending(session),
    commit: () => sessions.commit(session),
    fail,
  });
  return session;
}

/** The connection of a request; nothing is asked of the socket before the core needs it. */
class NodeConnection implements Connection {
  readonly #request: NodeRequest;

  constructor(request: NodeRequest) {
    this.#request = request;
  }

  get secure(): boolean {
    return this.#request.socket.encrypted === true;
  }

  get remoteAddress(): string | undefined {
    return this.#request.socket.remoteAddress;
  }
}

function answerError(error: unknown, _request: NodeRequest, response: NodeResponse): void {
  const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
  if (status === 500) process.emitWarning(error instanceof Error ? error : String(error));
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(status === 503 ? 'Service Unavailable\n' : 'Internal Server Error\n');
}
