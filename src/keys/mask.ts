import { timingSafeEqual } from 'node:crypto';
import { fillRandom } from './random.js';

/** The random bytes and, XORed with them, those of the token: 64 bytes in base64url. */
const MASKED = /^[A-Za-z0-9_-]{86}$/;
const LENGTH = 32;

/**
 * A token of 43 characters as a text that differs each time. A page that is compressed together
 * with what a client chose would otherwise give the token away by its length (BREACH).
 */
export function maskToken(token: string): string {
  const mask = Buffer.alloc(LENGTH);
  fillRandom(mask);
  return Buffer.concat([mask, xor(mask, Buffer.from(token, 'base64url'))]).toString('base64url');
}

/** Whether `text` is a mask of the token, in constant time. No value makes it throw. */
export function isMaskOf(text: unknown, token: string): boolean {
  if (typeof text !== 'string' || !MASKED.test(text)) return false;
  const bytes = Buffer.from(text, 'base64url');
  const unmasked = xor(bytes.subarray(0, LENGTH), bytes.subarray(LENGTH));
  return timingSafeEqual(unmasked, Buffer.from(token, 'base64url'));
}

function xor(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ (other[index] ?? 0)));
}
