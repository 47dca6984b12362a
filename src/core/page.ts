import { inspect } from 'node:util';
import type { FlashRules } from '../data/passing.js';
import type { Request } from '../http/request.js';
import { SessionError } from './errors.js';
import type { Settings } from './options.js';
import type { Visit } from './visit.js';

/** Options of `session.flash`. */
export interface FlashOptions {
  /**
   * The path of the page that shall show the value, such as `'/cart'`; a query does not count.
   * Requests for other paths do not see the value. Default: the first page that reads it.
   */
  readonly path?: string | undefined;
}

/** Headers in which a browser or a client-side router says that it fetches ahead. */
const PREFETCH = ['sec-purpose', 'x-sec-purpose', 'purpose', 'x-moz'];

/**
 * Headers of client-side routers that show what they fetch: htmx, Inertia, actions of Next, Turbo,
 * Unpoly.
 */
const ROUTERS = ['hx-request', 'x-inertia', 'next-action', 'x-turbo-request-id', 'x-up-version'];

/** What React Router and SvelteKit fetch to show a page. */
const PAGE_DATA = /(?:\/_root\.data|\/__data\.json|\.data)$/;

const OK = 200;
const NO_CONTENT = 204;
const RESET_CONTENT = 205;
const REDIRECTS = 300;

/**
 * Whether the visitor sees the response of a request as a page, as its headers tell (W3C Fetch
 * Metadata). A client that tells nothing counts as one that shows pages.
 */
function isPage(request: Request): boolean {
  if (request.method === 'HEAD') return false;
  if (PREFETCH.some((name) => request.header(name)?.includes('prefetch') === true)) return false;
  if (request.isPage !== undefined) return request.isPage;
  const mode = request.header('sec-fetch-mode');
  const destination = request.header('sec-fetch-dest');
  // Browsers send both or none; fetch of Node sends the mode alone.
  if (mode === undefined || destination === undefined) return true;
  if (mode === 'navigate') return destination !== 'embed' && destination !== 'object';
  if (destination !== 'empty') return false;
  return (
    ROUTERS.some((name) => request.header(name) !== undefined) || PAGE_DATA.test(request.path ?? '')
  );
}

/** How a visit treats flash of earlier requests. */
export function flashRules(
  { mode, request }: Pick<Visit, 'mode' | 'request'>,
  flash: Settings['flash'],
): FlashRules {
  if (mode.keepsFlash === true) return { ends: 'keep', path: undefined };
  const ends = flash === 'page' && !isPage(request) ? 'keep' : flash;
  return { ends, path: pagePath(request) };
}

/** The path of the page that a request asks for, or whose data it fetches. */
function pagePath(request: Request): string | undefined {
  const { path } = request;
  // A page may have such a path itself.
  if (request.header('sec-fetch-mode') === 'navigate') return path;
  return path?.replace(PAGE_DATA, '') || (path && '/');
}

/** Whether a response of this status is a page. Errors, redirects and empty answers are none. */
export function isPageStatus(status: number | undefined): boolean {
  if (status === undefined) return true;
  const isEmpty = status === NO_CONTENT || status === RESET_CONTENT;
  return status >= OK && status < REDIRECTS && !isEmpty;
}

/**
 * The path that shall see flash, as requests have it; empty for all.
 * @throws `invalid-option`.
 */
export function flashPath({ path }: FlashOptions): string {
  if (path === undefined) return '';
  if (typeof path === 'string' && path.startsWith('/') && URL.canParse(path, 'http://localhost'))
    return new URL(path, 'http://localhost').pathname;
  throw new SessionError(
    'invalid-option',
    `The path of flash is ${inspect(path)}. Give the path of the page that shows it: '/cart'.`,
  );
}
