import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { fillRandom } from './random.js';
import type { SecretSource } from './secret.js';
import { derivedKeys, deriveKey } from './secrets.js';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const TOKEN_LENGTH = 43;
const SEPARATOR = '.';

const bytes = Buffer.alloc(32);

/** A new token: 256 random bits as 43 characters of base64url. */
export function createToken(): string {
  fillRandom(bytes);
  const token = bytes.toString('base64url');
  bytes.fill(0);
  return token;
}

/** A new handle: 128 random bits as 22 characters of base64url. */
export function createHandle(): string {
  const random = Buffer.alloc(16);
  fillRandom(random);
  return random.toString('base64url');
}

/**
 * The first token for the forms of the session behind `token`: requests that make it at the same
 * time make the same. It does not lead back to `token`.
 */
export function firstFormToken(token: string): string {
  return createHmac('sha256', token).update('sojourn form').digest('base64url');
}

/** Whether `text` has the length and the alphabet of a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The id that belongs to a token: its SHA-256 in base64url. Knowing it lets nobody in. */
export function tokenId(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** Adds a MAC to tokens, so that made-up ones are turned away before a store is asked. */
export interface TokenSigner {
  /**
   * `<token>.<mac>`, 87 characters.
   * @throws `invalid-option` when the source of the secrets fails.
   */
  sign(token: string): string;
  /**
   * The token of a signed value, or `undefined` when the value is not one. No value makes it throw.
   * `stale` when it was signed with another secret than the first.
   * @throws `invalid-option` when the source of the secrets fails.
   */
  verify(value: string): { token: string; stale: boolean } | undefined;
}

/**
 * A signer over checked secrets: the first signs, all verify. Secrets from a source may change
 * while the server runs.
 * @throws `invalid-option` for an empty list.
 */
export function tokenSigner(secrets: readonly string[] | SecretSource): TokenSigner {
  const keys = derivedKeys(secrets, (secret) => deriveKey(secret, 'sojourn token'));

  return {
    sign: (token) => token + SEPARATOR + mac(keys()[0], token),

    verify(value) {
      const token = value.slice(0, TOKEN_LENGTH);
      const signature = value.slice(TOKEN_LENGTH + 1);
      if (value[TOKEN_LENGTH] !== SEPARATOR || !isToken(token) || !isToken(signature))
        return undefined;
      const index = keys().findIndex((key) => isEqual(signature, mac(key, token)));
      return index === -1 ? undefined : { token, stale: index > 0 };
    },
  };
}

function mac(key: KeyObject, token: string): string {
  return createHmac('sha256', key).update(token).digest('base64url');
}

/**
 * In constant time. As texts, for two texts can decode to the same bytes. Both have 43 characters.
 */
function isEqual(signature: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(signature, 'latin1'), Buffer.from(expected, 'latin1'));
}
