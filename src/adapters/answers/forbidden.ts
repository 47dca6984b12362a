import type { HeaderPair } from '../../http/transport.js';
import type { NodeResponse } from '../node/head.js';
import { addAnswer } from './answer.js';

/** A refusal: the reason in words for the visitor, and the request headers that it depends on. */
export interface Refusal {
  readonly text: string;
  readonly vary: readonly string[];
}

const STATUS = 403;

/** Answers a refused request. */
export function forbid(response: NodeResponse, { text, vary }: Refusal): void {
  response.statusCode = STATUS;
  addAnswer(response, { headers: headersOf(vary) });
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(text);
}

/** The response to a refused request, for a fetch handler. */
export function forbidden({ text, vary }: Refusal): Response {
  const response = new Response(text, { status: STATUS });
  addAnswer(response.headers, { headers: headersOf(vary) });
  return response;
}

function headersOf(vary: readonly string[]): HeaderPair[] {
  return [...vary.map((name): HeaderPair => ['Vary', name]), ['Cache-Control', 'no-store']];
}
