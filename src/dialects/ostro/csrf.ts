import { isResponse } from '../../adapters/node/head.js';
import { holdResponse } from '../../adapters/node/response.js';
import { Request } from '../../http/request.js';
import type { HeaderPair } from '../../http/transport.js';
import { currentVisit, type OstroRequest, type OstroResponse, type Visit } from './visit.js';

/**
 * A form or script sent no token, or a token that is not the session's, so it may belong to another
 * site. Express answers with status 419.
 */
export class TokenMismatchException extends Error {
  override readonly name = 'TokenMismatchException';
  readonly status = 419;

  constructor() {
    super(
      'CSRF token mismatch. Send the token of the session as the field _token, or in the header X-CSRF-TOKEN.',
    );
  }

  get statusCode(): number {
    return this.status;
  }
}

/** Options of {@link verifyCsrfToken}. */
export interface CsrfOptions {
  /** Paths that need no token, such as `'/webhooks/*'`. `*` matches any text. */
  readonly except?: readonly string[] | undefined;
}

const READING: ReadonlySet<string | undefined> = new Set(['HEAD', 'GET', 'OPTIONS']);

/**
 * Express middleware that refuses forged requests. Put it after `startSession` and the body parser.
 * A request that may change something must send the token of its session: as `_token` in its body,
 * or in the header `X-CSRF-TOKEN` or `X-XSRF-TOKEN`. Scripts find the token in the cookie
 * `XSRF-TOKEN`.
 */
export function verifyCsrfToken({
  except = [],
}: CsrfOptions = {}): (
  request: OstroRequest,
  response: OstroResponse,
  next: (error?: unknown) => void,
) => void {
  const patterns = except.map(patternOf);

  return function verifyCsrfToken(request, response, next) {
    const visit = currentVisit();
    const isExempt =
      READING.has(request.method) || patterns.some((matches) => matches(pathOf(request)));
    if (!isExempt && !visit.session.isToken(sentToken(request))) {
      next(new TokenMismatchException());
      return;
    }
    if (!isResponse(response)) {
      next();
      return;
    }
    // Make the token now: once the response begins, it is too late.
    visit.session.token();
    holdResponse(response, {
      answerNow: () => undefined,
      commit: async () => tokenCookie(visit),
      fail: next,
    });
    next();
  };
}

function tokenCookie({
  session,
  request,
  tokenCookie,
  trustedProxies,
  remaining,
}: Visit): HeaderPair[] {
  const { encrypted } = request.socket;
  const presented = tokenCookie.receive(
    new Request(request.headers, { secure: encrypted }, { trustedProxies }),
  );
  if (presented.refusal !== undefined || !session.hasToken) return [];
  return [...presented.send(session.token(), remaining()).headers, ['Cache-Control', 'no-store']];
}

function sentToken({ body, headers }: OstroRequest): unknown {
  const field =
    typeof body === 'object' && body !== null && '_token' in body ? body._token : undefined;
  return field ?? headers['x-csrf-token'] ?? headers['x-xsrf-token'];
}

/** The path as Express routes it. */
function pathOf({ originalUrl }: OstroRequest): string {
  const end = originalUrl.search(/[?#]/);
  return trimmed(end === -1 ? originalUrl : originalUrl.slice(0, end));
}

/**
 * Whether a whole path is of a pattern. Each text between two stars is looked for once, behind the
 * one before it: a regular expression would try all ways to divide a path that a client chose.
 */
function patternOf(pattern: string): (path: string) => boolean {
  const [first = '', ...rest] = trimmed(pattern).split('*');
  const last = rest.pop();
  if (last === undefined) return (path) => path === first;

  return (path) => {
    const end = path.length - last.length;
    if (end < first.length || !path.startsWith(first) || !path.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = path.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}

/** Without slashes at both ends. */
function trimmed(path: string): string {
  let start = 0;
  let end = path.length;
  while (path[start] === '/') start += 1;
  while (end > start && path[end - 1] === '/') end -= 1;
  return path.slice(start, end);
}
