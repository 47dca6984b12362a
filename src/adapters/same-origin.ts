import {
  type CrossSiteOptions,
  type CrossSiteRequest,
  readCrossSiteOptions,
  refusalOf,
} from '../http/cross-site.js';
import { forbid, forbidden, type Refusal } from './answers/forbidden.js';
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

const REFUSAL: Refusal = {
  text: 'This request was sent from another site.\n',
  vary: ['Sec-Fetch-Site', 'Origin'],
};

/**
 * Middleware that answers 403 to what another site made a visitor's browser send. Put it in front
 * of everything that changes something. In a plain listener of `node:http`: `check(request,
 * response, () => listener(request, response))`.
 * @throws `invalid-option` for options that do not exist or cannot work.
 */
export function sameOriginMiddleware(options: CrossSiteOptions = {}): SameOriginMiddleware {
  const rules = readCrossSiteOptions(options);
  return function sameOrigin(request, response, next) {
    if (refusalOf(request, rules) === undefined) next();
    else forbid(response, REFUSAL);
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
    return forbidden(REFUSAL);
  };
}
