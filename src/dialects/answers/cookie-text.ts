import { SessionError } from '../../core/errors.js';

/**
 * Name and value together; browsers drop a longer cookie without a word (RFC 6265bis, section 5.6,
 * step 5).
 */
const MAX_COOKIE_OCTETS = 4096;

/**
 * Checks that browsers will keep a cookie that holds a whole session.
 * @throws `too-large`
 */
export function checkLength(name: string, value: string): void {
  if (name.length + value.length <= MAX_COOKIE_OCTETS) return;
  throw new SessionError(
    'too-large',
    `The session takes ${value.length} characters as a cookie, above the limit of ${MAX_COOKIE_OCTETS - name.length}: browsers drop a ` +
      "longer one. Keep less in it, or keep sessions in a store, see 'sojourn/express-session'.",
  );
}

/**
 * The session as JSON.
 * @throws `invalid-value` for what JSON cannot hold.
 */
export function jsonText(session: object): string {
  try {
    return JSON.stringify(session);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SessionError(
      'invalid-value',
      `The session cannot be written as JSON: ${reason}. Keep plain data in it.`,
      { cause },
    );
  }
}
