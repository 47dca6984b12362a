import { STATUS_CODES } from 'node:http';
import type { NodeResponse } from '../../adapters/node/head.js';

/**
 * Answers with a text for a session that could not be stored, where it is too late to pass the
 * error to the framework.
 */
export function answerFailure(response: NodeResponse, error: unknown): void {
  if (response.statusCode === 500)
    process.emitWarning(error instanceof Error ? error : String(error));
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${STATUS_CODES[response.statusCode] ?? 'Error'}\n`);
}
