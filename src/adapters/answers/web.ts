import { isSessionError, type SessionError } from '../../core/errors.js';
import type { Answer } from '../../http/transport.js';
import { addAnswer, type CommitAnswer } from './answer.js';

const TEXTS: Readonly<Record<SessionError['status'], string>> = {
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Cancels a body that nobody will read. */
export function letGo(response: Response | undefined): void {
  // On Bun the answer to an upgrade is no response.
  const body = response?.body;
  if (!body || body.locked) return;
  // The answer is lost anyway, so it does not matter if its source cannot be stopped.
  body.cancel('The session could not be stored.').catch(() => undefined);
}

/** What `commit` gives. When it fails, the body of the response that is lost is cancelled. */
export async function committed(
  response: Response | undefined,
  commit: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await commit();
  } catch (error) {
    letGo(response);
    throw error;
  }
}

/** The address that a framework gives. Some throw where they know none. */
export function addressFrom(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The answer for a `SessionError`. Any other error is rethrown. */
export function answerFailure(error: unknown): Response {
  if (!isSessionError(error)) throw error;
  const { status } = error;
  if (status === 500) process.emitWarning(error);
  const headers = { 'Cache-Control': 'no-store', ...error.headers };
  return new Response(`${TEXTS[status]}\n`, { status, headers });
}

/** A response that is thrown is an answer as well: `throw Response.redirect(url)`. */
export async function thrownToo(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof Response) return error;
    throw error;
  }
}

/** The response with the headers of a commit. */
export function withAnswer(response: Response, committed: CommitAnswer): Response {
  // An upgrade, such as of a WebSocket, cannot be copied; on Bun there is no response then.
  if (committed.headers.length === 0 || !(response?.status >= 200)) return response;
  // The headers of a response that came from fetch cannot be changed.
  const own = new Response(response.body, response);
  addAnswer(own.headers, committed);
  return own;
}
