import { timingSafeEqual } from 'node:crypto';
import { holdResponse } from '../../adapters/node/response.js';
import { Request } from '../../http/request.js';
import type { HeaderPair } from '../../http/transport.js';
import { TOKEN } from './session.js';
import { currentVisit, type OstroRequest, type OstroResponse, type Visit } from './visit.js';

/**
 * A form or script sent no token, or another one than its session holds: it may be another site's.
 * Express answers with the status 419.
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
  /** Paths that need no token, such as `'/webhooks/*'`; `*` is any text. */
  readonly except?: readonly string[] | undefined;
}

const READING: ReadonlySet<string | undefined> = new Set(['HEAD', 'GET', 'OPTIONS']);

/**
 * Express middleware that refuses forged requests; behind `startSession` and the parser of bodies.
 * A request that may change something sends the token of its session: as `_token` in its body, or
 * in the header `X-CSRF-TOKEN` or `X-XSRF-TOKEN`. Scripts find it in the cookie `XSRF-TOKEN`.
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
      READING.has(request.method) || patterns.some((pattern) => pattern.test(pathOf(request)));
    if (!isExempt && !isEqual(sentToken(request), visit.session)) {
      next(new TokenMismatchException());
      return;
    }
    // Made now: when the response begins it is too late.
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
  if (presented.refusal !== undefined || !session.has(TOKEN)) return [];
  return [...presented.send(session.token(), remaining()).headers, ['Cache-Control', 'no-store']];
}

function sentToken({ body, headers }: OstroRequest): unknown {
  const field =
    typeof body === 'object' && body !== null && '_token' in body ? body._token : undefined;
  return field ?? headers['x-csrf-token'] ?? headers['x-xsrf-token'];
}

/** In constant time. A session without a token is not given one for a request that is refused. */
function isEqual(sent: unknown, session: Visit['session']): boolean {
  if (typeof sent !== 'string' || !session.has(TOKEN)) return false;
  const [one, other] = [Buffer.from(sent), Buffer.from(session.token())];
  return one.length === other.length && timingSafeEqual(one, other);
}

function pathOf({ originalUrl }: OstroRequest): string {
  return trimmed(originalUrl.replace(/\?.*/s, ''));
}

function patternOf(path: string): RegExp {
  const parts = trimmed(path)
    .split('*')
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
