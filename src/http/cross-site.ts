import { inspect } from 'node:util';
import { SessionError } from '../core/errors.js';
import { headerOf, hostOf, type RequestHeaders } from './request.js';

/**
 * The parts of a request that the check reads. A web `Request` fits, and so does a request of
 * `node:http`.
 */
export interface CrossSiteRequest {
  readonly method?: string | undefined;
  readonly headers: RequestHeaders;
  /** Gives the host when there is no `Host` header. */
  readonly url?: string | undefined;
}

/** Options of the check for requests that another site sent. */
export interface CrossSiteOptions {
  /**
   * Whether other hosts and ports of the same site may send requests that change things. Default
   * false. It works only for browsers that send `Sec-Fetch-Site`; for other browsers, list the
   * origins in `trustedOrigins`.
   */
  allowSameSite?: boolean | undefined;
  /** Origins that may send requests, such as `'https://admin.example.com'`. Default none. */
  trustedOrigins?: readonly string[] | undefined;
  /**
   * Methods that change nothing, so any site may send them. Default GET, HEAD and OPTIONS. The
   * handshake of a WebSocket is a GET, but it is checked.
   */
  safeMethods?: readonly string[] | undefined;
  /**
   * Whether to accept a request that has cookies but does not tell where it comes from. Default
   * false. No current browser sends such requests, but test clients and scripts with a cookie jar
   * do.
   */
  allowUnknown?: boolean | undefined;
}

/** The options of the check: checked and complete. */
export interface CrossSiteRules {
  readonly allowSameSite: boolean;
  readonly allowUnknown: boolean;
  readonly trustedOrigins: ReadonlySet<string>;
  readonly safeMethods: ReadonlySet<string>;
}

const KNOWN = ['allowSameSite', 'trustedOrigins', 'safeMethods', 'allowUnknown'];
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
const METHOD = /^[A-Z][A-Z-]*$/;
const HOST = /^[\w.-]+(?::\d*)?$|^\[[\da-f:.]+\](?::\d*)?$/i;

/**
 * Checks whether another site made the browser send a request. Returns the reason to refuse the
 * request, or `undefined` when it may pass. Safe methods pass. For other methods `Sec-Fetch-Site`
 * decides (W3C Fetch Metadata). Without it, `Origin`, or else `Referer`, must name the request's
 * host. A request with none of the three headers passes unless it has cookies.
 *
 * The host comes from the `Host` header, so a proxy in front must pass this header on.
 * @throws `invalid-option` for unknown or invalid options.
 */
export function crossSiteRefusal(
  request: CrossSiteRequest,
  options: CrossSiteOptions = {},
): string | undefined {
  return refusalOf(request, readCrossSiteOptions(options));
}

/** Like {@link crossSiteRefusal}, with options that were checked before. */
export function refusalOf(request: CrossSiteRequest, rules: CrossSiteRules): string | undefined {
  const { headers } = request;
  if (rules.safeMethods.has(request.method ?? '') && !isWebSocket(headers)) return undefined;
  const origin = headerOf(headers, 'origin');
  if (origin !== undefined && rules.trustedOrigins.has(origin)) return undefined;
  const site = headerOf(headers, 'sec-fetch-site');
  if (site !== undefined) {
    const isOurs =
      site === 'same-origin' || site === 'none' || (site === 'same-site' && rules.allowSameSite);
    return isOurs ? undefined : `Sec-Fetch-Site is ${inspect(site)}`;
  }
  const [name, source] =
    origin === undefined ? ['Referer', headerOf(headers, 'referer')] : ['Origin', origin];
  if (source !== undefined) {
    const host = hostOf(headers, request.url);
    if (isFrom(source, host) || isTrusted(source, rules)) return undefined;
    return `${name} is ${inspect(originOf(source) ?? source)} and the host is ${inspect(host)}`;
  }
  if (rules.allowUnknown || headerOf(headers, 'cookie') === undefined) return undefined;
  return 'the request carries cookies, and neither Sec-Fetch-Site nor Origin nor Referer';
}

/** Checks the options and fills in the defaults. */
export function readCrossSiteOptions(options: CrossSiteOptions): CrossSiteRules {
  if (typeof options !== 'object' || options === null)
    throw invalid(`The options are ${inspect(options)}. Give an object, or leave them out.`);
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined)
    throw invalid(`There is no option ${inspect(unknown)}. The options are: ${KNOWN.join(', ')}.`);
  const { trustedOrigins = [], safeMethods = SAFE_METHODS } = options;
  return {
    allowSameSite: readFlag('allowSameSite', options.allowSameSite),
    allowUnknown: readFlag('allowUnknown', options.allowUnknown),
    trustedOrigins: readList(
      'trustedOrigins',
      trustedOrigins,
      (origin) => originOf(origin) === origin && !origin.includes('*'),
      "Write scheme, host and port as browsers do, without patterns: 'https://admin.example.com'.",
    ),
    safeMethods: readList(
      'safeMethods',
      safeMethods,
      (method) => METHOD.test(method),
      "Write methods in capitals: 'GET'.",
    ),
  };
}

function readFlag(name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean')
    throw invalid(`${name} is ${inspect(value)}. It is true or false.`);
  return value ?? false;
}

function readList(
  name: string,
  list: unknown,
  isUsable: (entry: string) => boolean,
  advice: string,
): ReadonlySet<string> {
  if (!Array.isArray(list)) throw invalid(`${name} is ${inspect(list)}. Give a list.`);
  for (const entry of list) {
    if (typeof entry !== 'string' || !isUsable(entry))
      throw invalid(`${name} holds ${inspect(entry)}. ${advice}`);
  }
  return new Set(list);
}

/** Browsers let any site open a WebSocket to any other site, and send its cookies. */
function isWebSocket(headers: RequestHeaders): boolean {
  return /\bwebsocket\b/i.test(headerOf(headers, 'upgrade') ?? '');
}

/**
 * The origin of a URL; `undefined` when the text is not a URL of the web. The origin of an opaque
 * URL is the text `null`.
 */
function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { origin, protocol } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
}

function isTrusted(source: string, { trustedOrigins }: CrossSiteRules): boolean {
  const origin = originOf(source);
  return origin !== undefined && trustedOrigins.has(origin);
}

/**
 * Whether the page at `source` has this host and port. Behind a proxy the scheme of the request is
 * not known, so the scheme of the page counts for both and decides the default port.
 */
function isFrom(source: string, host: string): boolean {
  const origin = originOf(source);
  if (origin === undefined || !HOST.test(host)) return false;
  const ours = `${new URL(origin).protocol}//${host}`;
  return URL.canParse(ours) && new URL(ours).origin === origin;
}

function invalid(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
