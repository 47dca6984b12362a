import { createHmac, KeyObject, timingSafeEqual } from 'node:crypto';
import { SessionError } from '../../core/errors.js';

/** Signs cookies, and finds the key of a signature. A Keygrip fits. */
export interface Keys {
  sign(data: string): string;
  /** The index of the key that signed `data`: 0 for the key that signs now, -1 for none. */
  index(data: string, signature: string): number;
}

/** A key for `createHmac`. */
export type Key = string | Buffer | KeyObject;

/**
 * The keys of the options, in the form that cookie-session gives them.
 * @throws `invalid-option`, with the message of the original where it has one.
 */
export function readKeys(
  keys: readonly Key[] | Keys | undefined,
  secret: Key | undefined,
): Keys | undefined {
  if (!keys) return secret ? hmacKeys([secret]) : undefined;
  if (Array.isArray(keys)) {
    if (keys.length === 0) throw new SessionError('invalid-option', 'Keys must be provided.');
    return hmacKeys(keys);
  }
  if ('sign' in Object(keys) && 'index' in Object(keys)) return keys as Keys;
  throw new SessionError(
    'invalid-option',
    `keys is a ${typeof keys}. Give a list of keys, or a Keygrip.`,
  );
}

/**
 * The first key signs; signatures of all keys are accepted. The list is read each time, so an app
 * can rotate its keys by changing the list.
 */
function hmacKeys(keys: readonly Key[]): Keys {
  for (const key of keys) hmac('', key);
  return {
    sign: (data) => hmac(data, keys[0]),
    index: (data, signature) => keys.findIndex((key) => isSame(hmac(data, key), signature)),
  };
}

/**
 * HMAC-SHA1 is what cookies of cookie-session carry. Its known weaknesses, collisions, do not help
 * to forge an HMAC (RFC 6151 says so of MD5 even).
 */
function hmac(data: string, key: Key | undefined): string {
  if (!key || sizeOf(key) === 0)
    throw new SessionError('invalid-option', 'A key is empty. Give every key of keys a value.');
  return createHmac('sha1', key).update(data).digest('base64url');
}

function sizeOf(key: Key): number | undefined {
  return key instanceof KeyObject ? key.symmetricKeySize : key.length;
}

function isSame(one: string, other: string): boolean {
  const [expected, given] = [Buffer.from(one), Buffer.from(other)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}
