/**
 * The codes of all errors of Sojourn. Compare `error.code`, never the message.
 *
 * | code | meaning |
 * | --- | --- |
 * | `invalid-option` | an option is wrong; thrown at start, or when a request shows it |
 * | `invalid-path` | a key or path is not allowed (`__proto__`, an empty path, ...) |
 * | `invalid-value` | a value cannot be stored; `path` names it |
 * | `invalid-record` | a stored record, or a sealed token, cannot be read |
 * | `invalid-data` | a value does not fit the schema of the data; `path` names it |
 * | `newer-data` | the data has a newer version than this server knows, so it only reads it |
 * | `too-large` | the data, or the cookie that carries it, is above its limit |
 * | `store-failed` | a store call failed; `cause` is the store's error |
 * | `store-timeout` | the store did not answer within `storeTimeout` |
 * | `conflict` | other writers were faster; the change is not stored, or nobody knows |
 * | `ended` | the session is used after this request destroyed it |
 * | `read-only` | the session was opened with `readOnly`, or could not be read |
 * | `commit-failed` | the session is changed after a commit of the same request failed |
 * | `session-limit` | the user who logs in has as many sessions as `sessionsPerUser` allows |
 * | `newcomer-limit` | there are too many new sessions; see the option `newcomers` |
 * | `too-late` | the session is changed, or needs a new token, after the response began |
 * | `unsupported` | the store cannot do what the method needs |
 * | `no-session` | `session()`, `sessions.current()` or `sessions.of()` outside a request |
 */
export type SessionErrorCode =
  | 'invalid-option'
  | 'invalid-path'
  | 'invalid-value'
  | 'invalid-record'
  | 'invalid-data'
  | 'newer-data'
  | 'too-large'
  | 'store-failed'
  | 'store-timeout'
  | 'conflict'
  | 'ended'
  | 'read-only'
  | 'commit-failed'
  | 'session-limit'
  | 'newcomer-limit'
  | 'too-late'
  | 'unsupported'
  | 'no-session';

/** Details of a {@link SessionError} besides its message. */
export interface SessionErrorDetails {
  /** The error that led to this one. */
  cause?: unknown;
  /** The path of the wrong value or key, as a dotted string. */
  path?: string;
  /** After how many seconds another try may help. */
  retryAfter?: number;
}

const UNAVAILABLE: ReadonlySet<SessionErrorCode> = new Set([
  'store-failed',
  'store-timeout',
  'conflict',
  'newer-data',
]);

/** The only error class of Sojourn. The message says what happened, then what to do. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly code: SessionErrorCode;
  /**
   * The HTTP status for the response: 503 when another try may help, 429 for `newcomer-limit`, 500
   * otherwise. Most frameworks read it from here.
   */
  readonly status: 429 | 500 | 503;
  readonly path: string | undefined;
  /** After how many seconds another try may help, where that is known. */
  readonly retryAfter: number | undefined;

  constructor(code: SessionErrorCode, message: string, details: SessionErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.status = code === 'newcomer-limit' ? 429 : UNAVAILABLE.has(code) ? 503 : 500;
    this.path = details.path;
    this.retryAfter = details.retryAfter;
  }

  /** {@link status}, as errors of the package http-errors have it: Nest and Restify read this. */
  get statusCode(): 429 | 500 | 503 {
    return this.status;
  }

  /** Headers for the answer, as in http-errors: Express, Koa and Fastify send them. */
  get headers(): { readonly 'Retry-After': string } | undefined {
    return this.retryAfter === undefined ? undefined : { 'Retry-After': String(this.retryAfter) };
  }

  /** As in http-errors: the message is for the log, and not for the client. */
  get expose(): false {
    return false;
  }
}

/**
 * Whether `error` is a {@link SessionError}, and has this `code` if you give one. Errors of another
 * copy of the package count too.
 */
export function isSessionError(error: unknown, code?: SessionErrorCode): error is SessionError {
  return (
    error instanceof Error &&
    error.name === 'SessionError' &&
    'code' in error &&
    (code === undefined || error.code === code)
  );
}
