import { createDecipheriv, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { isSame } from '../predecessors/signed.js';

/** One password, or several by their ids. */
export type Passwords = string | Readonly<Record<string, string>>;

/** What a seal held. */
export interface Unsealed {
  readonly value: unknown;
  /** When the seal stops opening, in epoch milliseconds; `undefined` when it never does. */
  readonly expiresAt: number | undefined;
}

const derive = promisify(pbkdf2);

const FORMAT = 'Fe26.2';
/** By how much clocks may differ, in milliseconds: iron accepts a seal so long after its time. */
const SKEW = 60_000;

/**
 * Opens a seal in the format Fe26.2 of @hapi/iron and iron-webcrypto: AES-256-CBC under
 * HMAC-SHA256, with a key for each that PBKDF2 makes of the password. `undefined` when anything at
 * all is wrong with it. `now` is in epoch milliseconds.
 */
export async function openSeal(
  seal: string,
  passwords: Passwords,
  now: number,
  iterations = 1,
): Promise<Unsealed | undefined> {
  const parts = seal.split('*');
  if (parts.length !== 8) return undefined;
  const [format, id, salt, iv, sealed, expiration, macSalt, mac] = parts as EightTexts;
  const password = passwordOf(passwords, id);
  if (format !== FORMAT || password === undefined || !/^\d*$/.test(expiration)) return undefined;
  const expiresAt = expiration === '' ? undefined : Number(expiration) + SKEW;
  if (expiresAt !== undefined && expiresAt <= now) return undefined;

  const macKey = await derive(password, macSalt, iterations, 32, 'sha1');
  const signed = parts.slice(0, 6).join('*');
  if (!isSame(mac, createHmac('sha256', macKey).update(signed).digest('base64url')))
    return undefined;
  const key = await derive(password, salt, iterations, 32, 'sha1');
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, Buffer.from(iv, 'base64url'));
    const text = decipher.update(sealed, 'base64url', 'utf8') + decipher.final('utf8');
    return { value: JSON.parse(text), expiresAt };
  } catch {
    return undefined;
  }
}

type EightTexts = [string, string, string, string, string, string, string, string];

function passwordOf(passwords: Passwords, id: string): string | undefined {
  if (typeof passwords === 'string') return passwords;
  const name = id === '' ? 'default' : id;
  return Object.hasOwn(passwords, name) ? passwords[name] : undefined;
}
