import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { SessionError } from '../core/errors.js';

const MIN_SECRET_BYTES = 32;
const MIN_DIFFERENT_CHARACTERS = 8;
const ADVICE = `Make one with: node -e "console.log(require('crypto').randomBytes(32).toString('base64url'))"`;

/** What people paste from manuals, and what says of itself that it should be replaced. */
const PLACEHOLDER =
  /keyboard.?cat|change.?(me|this|it)|(replace|insert).?(me|this|your)|your.{0,12}(secret|password|key)|(32|thirty.?two).{0,3}(char|byte)/i;

/**
 * The secrets of an option as a list: the first makes, all are accepted.
 * @throws `invalid-option` for what can be guessed: under 32 bytes, repetitive, or a placeholder.
 * The message never holds the secret.
 */
export function checkSecrets(
  secret: string | readonly string[] | undefined,
  option: string,
): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0) throw invalidSecret(option, 'is an empty list');
  return secrets.map((candidate, index) => {
    const name = Array.isArray(secret) ? `${option}[${index}]` : option;
    if (typeof candidate !== 'string')
      throw invalidSecret(name, `is ${candidate === undefined ? 'missing' : 'not a string'}`);
    const weakness = weaknessOf(candidate);
    if (weakness !== undefined) throw invalidSecret(name, weakness);
    return candidate;
  });
}

function weaknessOf(secret: string): string | undefined {
  const size = Buffer.byteLength(secret);
  if (size < MIN_SECRET_BYTES) return `has ${size} bytes and needs at least ${MIN_SECRET_BYTES}`;
  if (/[\ufffd\ud800-\udfff]/u.test(secret))
    return 'was made from bytes that are no text, which lost most of them';
  if (new Set(secret).size < MIN_DIFFERENT_CHARACTERS || isRepetitive(secret))
    return 'repeats itself';
  if (PLACEHOLDER.test(secret)) return 'is a placeholder';
  return undefined;
}

/** Whether a part of at most half the length, said again and again, makes up the text. */
function isRepetitive(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period += 1) {
    if (text.startsWith(text.slice(period))) return true;
  }
  return false;
}

function invalidSecret(name: string, what: string): SessionError {
  return new SessionError('invalid-option', `${name} ${what}. ${ADVICE}`);
}

/**
 * A 256-bit key for one purpose (HKDF-SHA256, RFC 5869): what one purpose leaks says nothing about
 * another's key.
 */
export function deriveKey(secret: string, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
}
