import { STATUS_CODES } from 'node:http';
import { isSessionError } from '../../core/errors.js';
import type { NodeResponse } from './head.js';
import type { NodeRequest } from './request.js';

/**
 * Nothing of the lost response is left, and no shared cache keeps the answer that comes instead.
 */
export function beginError(response: NodeResponse, reset: () => void, error: unknown): void {
  reset();
  response.statusCode = statusOf(error);
  response.setHeader('Cache-Control', 'no-store');
  if (isSessionError(error) && error.headers !== undefined)
    response.setHeader('Retry-After', error.headers['Retry-After']);
}

/** Answers with the status in words; what is no fault of the store becomes a warning. */
export function answerError(error: unknown, _request: NodeRequest, response: NodeResponse): void {
  if (response.statusCode === 500) warn(error);
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${STATUS_CODES[response.statusCode] ?? 'Error'}\n`);
}

/** The error's own status when it is one of errors, as Express reads it. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  return status >= 400 && status < 600 ? Math.trunc(status) : 500;
}

export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
