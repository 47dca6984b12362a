import { inspect } from 'node:util';
import { session as presentSession } from '../core/context.js';
import { SessionError } from '../core/errors.js';
import { refuseUnknown } from '../core/known-options.js';
import type { DefaultData, Session } from '../core/session.js';
import { headerOf, type RequestHeaders } from '../http/request.js';
import { forbid, forbidden, type Refusal } from './answers/forbidden.js';
import type { SessionFetch } from './fetch.js';
import type { NodeResponse } from './node/head.js';

/** Options of {@link csrfMiddleware} and {@link csrfHandler}. */
export interface CsrfOptions {
  /** The form field that holds the token. Default `'_csrf'`. */
  readonly field?: string | undefined;
  /** The header in which scripts send the token. Default `'x-csrf-token'`. */
  readonly header?: string | undefined;
  /** Methods that change nothing and so need no token. Default GET, HEAD and OPTIONS. */
  readonly safeMethods?: readonly string[] | undefined;
}

/** The parts of a Node request that the check uses. */
export interface CsrfRequest {
  readonly method?: string | undefined;
  readonly headers: RequestHeaders;
  /** The parsed body. */
  readonly body?: unknown;
}

/** Middleware for Express, Connect, Polka and Restify. */
export type CsrfMiddleware = (
  request: CsrfRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/** The options of the check: checked and complete. */
interface CsrfRules {
  readonly field: string;
  /** Lower case. */
  readonly header: string;
  readonly safeMethods: ReadonlySet<string>;
}

const REFUSAL: Refusal = {
  text: 'This form is too old, or another site sent it. Load its page again.\n',
  vary: [],
};
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
const FORM = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Middleware that answers 403 to a request that changes something and does not carry the token of
 * its session (synchroniser token, NIST SP 800-63B-4 section 5.1). Put it after the session
 * middleware and the body parser. Pages get the token from `session.csrfToken()`. A form sends it
 * in a field, a script in a header.
 * @throws `invalid-option` for unknown or invalid options. The middleware throws `no-session` where
 * no session is open.
 */
export function csrfMiddleware(options: CsrfOptions = {}): CsrfMiddleware {
  const { field, header, safeMethods } = readOptions(options);
  return function csrf(request, response, next) {
    if (safeMethods.has(request.method ?? '')) {
      next();
      return;
    }
    const sent = headerOf(request.headers, header) ?? fieldOf(request.body, field);
    if (presentSession().isCsrfToken(sent)) next();
    else forbid(response, REFUSAL);
  };
}

/**
 * Like {@link csrfMiddleware}, around a fetch handler: `sessionHandler(sessions,
 * csrfHandler((request, session) => ...))`. Without the header, the check reads a copy of the form,
 * so your handler can still read the body.
 * @throws `invalid-option` for unknown or invalid options.
 */
export function csrfHandler<Data extends object = DefaultData, Rest extends unknown[] = []>(
  handler: SessionFetch<Data, Rest>,
  options: CsrfOptions = {},
): SessionFetch<Data, Rest> {
  const { field, header, safeMethods } = readOptions(options);
  return async (request, session: Session<Data>, ...rest) => {
    const isSafe = safeMethods.has(request.method);
    const sent =
      request.headers.get(header) ?? (isSafe ? undefined : await formField(request, field));
    if (isSafe || session.isCsrfToken(sent)) return handler(request, session, ...rest);
    return forbidden(REFUSAL);
  };
}

function readOptions(options: CsrfOptions): CsrfRules {
  if (typeof options !== 'object' || options === null)
    throw invalid(`The options are ${inspect(options)}. Give an object, or leave them out.`);
  refuseUnknown(options, ['field', 'header', 'safeMethods']);
  const { field = '_csrf', header = 'x-csrf-token', safeMethods = SAFE_METHODS } = options;
  if (typeof field !== 'string' || field === '')
    throw invalid(`field is ${inspect(field)}. Give the name of a field: '_csrf'.`);
  if (typeof header !== 'string' || !HEADER_NAME.test(header))
    throw invalid(`header is ${inspect(header)}. Give the name of a header: 'x-csrf-token'.`);
  if (!Array.isArray(safeMethods) || !safeMethods.every((method) => /^[A-Z][A-Z-]*$/.test(method)))
    throw invalid(`safeMethods is ${inspect(safeMethods)}. Give methods in capitals: ['GET'].`);
  return { field, header: header.toLowerCase(), safeMethods: new Set(safeMethods) };
}

function fieldOf(body: unknown, field: string): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, field)) return undefined;
  return (body as Readonly<Record<string, unknown>>)[field];
}

async function formField(request: Request, field: string): Promise<unknown> {
  if (!FORM.test(request.headers.get('content-type') ?? '')) return undefined;
  try {
    return (await request.clone().formData()).get(field);
  } catch {
    // The body is not a form, or was already read, so it has no token.
    return undefined;
  }
}

function invalid(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
