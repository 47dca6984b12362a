import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { deflate, inflate } from './compression.js';
import { fillRandom } from './random.js';
import type { SecretSource } from './secret.js';
import { derivedKeys, deriveKey } from './secrets.js';

/** Encrypts and authenticates text for one purpose. */
export interface Sealer {
  /**
   * `text` sealed, in base64url; it opens only with the same `context`. `text` is well-formed
   * Unicode, as JSON is.
   *
   * Nonces are 96 random bits, so seal at most 2^32 texts with one secret and purpose (NIST SP
   * 800-38D, section 8.3), then put a new secret first: at 100 a second that is after 497 days.
   * @throws `invalid-option` when the source of the secrets fails.
   */
  seal(text: string, context: string): string;
  /**
   * What was sealed, or `undefined` when anything at all is wrong with it. No text makes it throw.
   * `stale` when it was sealed with another secret than the first and should be sealed anew.
   * @throws `invalid-option` when the source of the secrets fails.
   */
  open(sealed: string, context: string): { text: string; stale: boolean } | undefined;
}

// A sealed text is: format (1 byte), key id (4), nonce (12), ciphertext, tag (16).
const PLAIN = 1;
const DEFLATED = 2;
const NONCE_AT = 5;
const HEADER_BYTES = 17;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
const CIPHER_OPTIONS = { authTagLength: TAG_BYTES };

interface SealingKey {
  readonly key: KeyObject;
  /**
   * Says which key sealed a text. Derived like a key of its own, so it tells nothing about this
   * one.
   */
  readonly id: number;
}

/**
 * A sealer over checked secrets: the first seals, all open. Secrets from a source may change while
 * the server runs. AES-256-GCM with a key for each secret and purpose. With `compress`, long texts
 * are compressed first; compressed ones open either way.
 * @throws `invalid-option` for an empty list.
 */
export function createSealer(
  secrets: readonly string[] | SecretSource,
  purpose: string,
  compress = false,
): Sealer {
  const keys = derivedKeys(secrets, (secret): SealingKey => {
    const id = deriveKey(secret, `sojourn key id ${purpose}`).export().readUInt32BE();
    return { key: deriveKey(secret, `sojourn seal ${purpose}`), id };
  });

  // The length keeps the end of the purpose apart from the start of the context, and UTF-16 keeps
  // apart what UTF-8 would replace. With the mark, nothing is inflated but what was deflated here.
  const bound = (format: number, context: string): Buffer =>
    Buffer.from(
      `${format === DEFLATED ? 'deflated ' : ''}${purpose.length}:${purpose}${context}`,
      'utf16le',
    );

  return {
    seal(text, context) {
      const [first] = keys();
      const header = Buffer.allocUnsafe(HEADER_BYTES);
      const nonce = header.subarray(NONCE_AT);
      const deflated = compress ? deflate(text) : undefined;
      const format = deflated === undefined ? PLAIN : DEFLATED;
      header[0] = format;
      header.writeUInt32BE(first.id, 1);
      fillRandom(nonce);
      const cipher = createCipheriv(CIPHER, first.key, nonce, CIPHER_OPTIONS).setAAD(
        bound(format, context),
      );
      const body = deflated === undefined ? cipher.update(text, 'utf8') : cipher.update(deflated);
      return Buffer.concat([header, body, cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },

    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url');
      // Decoding forgives characters that encoding never makes: only the one true spelling is
      // accepted.
      if (bytes.length < HEADER_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed)
        return undefined;
      const [format] = bytes;
      if (format !== PLAIN && format !== DEFLATED) return undefined;
      const id = bytes.readUInt32BE(1);
      for (const [index, candidate] of keys().entries()) {
        const plain =
          candidate.id === id ? decrypt(candidate.key, bytes, bound(format, context)) : undefined;
        if (plain !== undefined)
          return {
            text: format === DEFLATED ? inflate(plain) : plain.toString('utf8'),
            stale: index > 0,
          };
      }
      return undefined;
    },
  };
}

function decrypt(key: KeyObject, bytes: Buffer, bound: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(
    CIPHER,
    key,
    bytes.subarray(NONCE_AT, HEADER_BYTES),
    CIPHER_OPTIONS,
  )
    .setAAD(bound)
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const plain = decipher.update(bytes.subarray(HEADER_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined; // the tag does not match, the only reason for which final() throws
  }
  return plain;
}
