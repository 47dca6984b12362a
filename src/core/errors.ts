/**
 * Every way Sojourn can fail. The list is closed: compare `error.code`, never the message.
 *
 * | code | when |
 * | --- | --- |
 * | `invalid-option` | a setting is wrong; thrown at start, or when a request cannot be served
 * under it |
 * | `invalid-path` | a key or path is not usable (`__proto__`, an empty path, ...) |
 * | `invalid-value` | a value cannot be stored as data; `path` names it |
 * | `invalid-record` | a stored record, or a sealed token, is not readable |
 * | `too-large` | the data, or the cookie that would carry it, is over its limit |
 * | `store-failed` | the store rejected a call; `cause` is its error |
 * | `store-timeout` | the store did not answer within `storeTimeout` |
 * | `conflict` | other writers were in the way; this commit is not stored, or may be |
 * | `ended` | the session was destroyed in this request and is used again |
 * | `read-only` | the session was opened for reading, or stands in for one that could not be read |
 * | `commit-failed` | the session is written after a commit of the same request failed |
 * | `session-limit` | a login of a user who has as many sessions as `sessionsPerUser` allows |
 * | `too-late` | a write, or a verb that needs a new token, after the response began |
 * | `unsupported` | the store lacks the ability that the verb needs |
 * | `no-session` | `session()` or `sessions.current()` outside a request |
 */
export type SessionErrorCode =
  | 'invalid-option'
  | 'invalid-path'
  | 'invalid-value'
  | 'invalid-record'
  | 'too-large'
  | 'store-failed'
  | 'store-timeout'
  | 'conflict'
  | 'ended'
  | 'read-only'
  | 'commit-failed'
  | 'session-limit'
  | 'too-late'
  | 'unsupported'
  | 'no-session';

/** What a {@link SessionError} may carry besides its message. */
export interface SessionErrorDetails {
  /** The error that led to this one. */
  cause?: unknown;
  /** The path of the value or key that is at fault, as a dotted string. */
  path?: string;
}

const UNAVAILABLE: ReadonlySet<SessionErrorCode> = new Set([
  'store-failed',
  'store-timeout',
  'conflict',
]);

/** The one error class of Sojourn. The message says what happened and then what to do. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly code: SessionErrorCode;
  /**
   * The HTTP status that fits: 503 when trying again may help, 500 otherwise. Frameworks read it
   * from here.
   */
  readonly status: 500 | 503;
  readonly path: string | undefined;

  constructor(code: SessionErrorCode, message: string, details: SessionErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.status = UNAVAILABLE.has(code) ? 503 : 500;
    this.path = details.path;
  }

  /** {@link status}, as errors of the package http-errors have it: Nest and Restify read this. */
  get statusCode(): 500 | 503 {
    return this.status;
  }

  /** As in http-errors: the message is for the log, and not for the client. */
  get expose(): false {
    return false;
  }
}

/** Whether `error` is a {@link SessionError}, also one of another copy of the package. */
export function isSessionError(error: unknown, code?: SessionErrorCode): error is SessionError {
  return (
    error instanceof Error &&
    error.name === 'SessionError' &&
    'code' in error &&
    (code === undefined || error.code === code)
  );
}
