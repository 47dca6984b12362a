import {
  type CrossSiteOptions,
  type CrossSiteRequest,
  readCrossSiteOptions,
  refusalOf,
} from '../http/cross-site.js';
import type { HeaderPair } from '../http/transport.js';
import { addAnswer } from './answers/answer.js';
import type { NodeResponse } from './node/head.js';

export type { CrossSiteOptions, CrossSiteRequest } from '../http/cross-site.js';

/** Middleware as Express, Connect, Polka and Restify take it. */
export type SameOriginMiddleware = (
  request: CrossSiteRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/** Handles one web request; `rest` is whatever else the runtime passes. */
export type FetchHandler<Rest extends unknown[]> = (
  request: Request,
  ...rest: Rest
) => Response | Promise<Response>;

const STATUS = 403;
const TEXT = 'This request was sent from another site.\n';
const HEADERS: readonly HeaderPair[] = [
  ['Vary', 'Sec-Fetch-Site'],
  ['Vary', 'Origin'],
  ['Cache-Control', 'no-store'],
];

/**
 * Middleware that answers 403 to what another site made a visitor's browser send. Put it in front
 * of everything that changes something. In a plain listener of `node:http`: `check(request,
 * response, () => listener(request, response))`.
 * @throws `invalid-option` for options that do not exist or cannot work.
 */
export function sameOriginMiddleware(options: CrossSiteOptions = {}): SameOriginMiddleware {
  const rules = readCrossSiteOptions(options);
  return function sameOrigin(request, response, next) {
    if (refusalOf(request, rules) === undefined) {
      next();
      return;
    }
    response.statusCode = STATUS;
    addAnswer(response, { headers: HEADERS });
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.end(TEXT);
  };
}

/**
 * The same around a fetch handler: `sameOriginHandler(sessionHandler(sessions, handler))`.
 * @throws `invalid-option` for options that do not exist or cannot work.
 */
export function sameOriginHandler<Rest extends unknown[] = []>(
  handler: FetchHandler<Rest>,
  options: CrossSiteOptions = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  const rules = readCrossSiteOptions(options);
  return async (request, ...rest) => {
    if (refusalOf(request, rules) === undefined) return handler(request, ...rest);
    const response = new Response(TEXT, { status: STATUS });
    addAnswer(response.headers, { headers: HEADERS });
    return response;
  };
}
