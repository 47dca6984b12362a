import { isSessionError } from '../../core/errors.js';

/** Tells the source of a body that nobody reads the body. */
export function letGo(response: Response): void {
  // On Bun the answer to an upgrade is none.
  const body = response?.body;
  if (!body || body.locked) return;
  // A source that cannot be stopped either is of no more concern than the answer that is lost.
  body.cancel('The session could not be stored.').catch(() => undefined);
}

/** The answer for an error of ours; what else was thrown is thrown on. */
export function answerFailure(error: unknown): Response {
  if (!isSessionError(error)) throw error;
  const { status } = error;
  if (status === 500) process.emitWarning(error);
  const text = status === 503 ? 'Service Unavailable\n' : 'Internal Server Error\n';
  return new Response(text, { status, headers: { 'Cache-Control': 'no-store' } });
}
