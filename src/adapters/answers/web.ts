import { isSessionError } from '../../core/errors.js';
import { addAnswer, type CommitAnswer } from './answer.js';

/** The response with what a commit answered. */
export function withAnswer(response: Response, answer: CommitAnswer): Response {
  // An upgrade, such as of a WebSocket, cannot be copied.
  if (answer.headers.length === 0 || response.status < 200) return response;
  // The headers of a response that came from fetch cannot be changed.
  const own = new Response(response.body, response);
  addAnswer(own.headers, answer);
  return own;
}

/** Cancels a body that nobody will read. */
export function letGo({ body }: Response): void {
  if (body === null || body.locked) return;
  // The answer is lost anyway, so it does not matter if its source cannot be stopped.
  body.cancel('The session could not be stored.').catch(() => undefined);
}

/** The answer for a `SessionError`. Any other error is rethrown. */
export function answerFailure(error: unknown): Response {
  if (!isSessionError(error)) throw error;
  const { status } = error;
  if (status === 500) process.emitWarning(error);
  const text = status === 503 ? 'Service Unavailable\n' : 'Internal Server Error\n';
  return new Response(text, { status, headers: { 'Cache-Control': 'no-store' } });
}
