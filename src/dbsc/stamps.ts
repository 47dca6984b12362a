import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Secret, SecretSource } from '../keys/secret.js';
import { derivedKeys, deriveKey, secretSource } from '../keys/secrets.js';

/** What a stamp says: its purpose, and whom it is for. */
export type Subject = readonly [purpose: 'offer' | 'cookie', ...parts: string[]];

/** Texts that only we can make, and that end at a time. */
export interface Stamps {
  /** `until` is in epoch milliseconds. */
  make(subject: Subject, until: number): string;
  /** Whether `text` is a stamp of this subject that has not ended. No text makes it throw. */
  isValid(text: string, subject: Subject, now: number): boolean;
}

const STAMP = /^([0-9a-z]{1,10})\.([\w-]{43})$/;

/**
 * Stamps over the secrets of an option: the first makes, all are accepted.
 * @throws `invalid-option` for secrets that can be guessed.
 */
export function createStamps(secret: Secret | (() => Secret) | undefined): Stamps {
  const source: SecretSource = secretSource(secret, 'secret');
  const keys = derivedKeys(source, (text) => deriveKey(text, 'sojourn device'));

  return {
    make(subject, until) {
      const time = Math.floor(until).toString(36);
      return `${time}.${mac(keys()[0], subject, time)}`;
    },

    isValid(text, subject, now) {
      const [, time, signature] = STAMP.exec(text) ?? [];
      if (time === undefined || signature === undefined) return false;
      if (Number.parseInt(time, 36) <= now) return false;
      return keys().some((key) => isEqual(signature, mac(key, subject, time)));
    },
  };
}

function mac(key: KeyObject, subject: Subject, time: string): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([...subject, time]))
    .digest('base64url');
}

/** In constant time. Both have 43 characters. */
function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'latin1'), Buffer.from(other, 'latin1'));
}
