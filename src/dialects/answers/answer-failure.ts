import { STATUS_CODES } from 'node:http';
import type { NodeResponse } from '../../adapters/node/head.js';

/**
 * Answers in words for a session that could not be stored, where the framework has no way to be
 * told so late.
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
