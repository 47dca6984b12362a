import {
  type CrossSiteOptions,
  type CrossSiteRequest,
  readCrossSiteOptions,
  refusalOf,
} from '../http/cross-site.js';
import { forbid, forbidden, type Refusal } from './answers/forbidden.js';
import type { NodeResponse } from './node/head.js';

export type { CrossSiteOptions, CrossSiteRequest } from '../http/cross-site.js';

/** Middleware for Express, Connect, Polka and Restify. */
export type SameOriginMiddleware = (
  request: CrossSiteRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/** Handles one web request. `rest` holds the other arguments of the runtime. */
export type FetchHandler<Rest extends unknown[]> = (
  request: Request,
  ...rest: Rest
) => Response | Promise<Response>;

const REFUSAL: Refusal = {
  text: 'This request was sent from another site.\n',
  vary: ['Sec-Fetch-Site', 'Origin'],
};

/**
 * Middleware that answers 403 to a request that another site made the visitor's browser send. Put
 * it in front of all routes that change something. In a plain listener of `node:http`:
 * `check(request, response, () => listener(request, response))`.
 * @throws `invalid-option` for unknown or invalid options.
 */
export function sameOriginMiddleware(options: CrossSiteOptions = {}): SameOriginMiddleware {
  const rules = readCrossSiteOptions(options);
  return function sameOrigin(request, response, next) {
    if (refusalOf(request, rules) === undefined) next();
    else forbid(response, REFUSAL);
  };
}

/**
 * Like {@link sameOriginMiddleware}, around a fetch handler:
 * `sameOriginHandler(sessionHandler(sessions, handler))`.
 * @throws `invalid-option` for unknown or invalid options.
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
