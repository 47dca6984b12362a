import { createPublicKey, type KeyObject } from 'node:crypto';

/** The public key of a device, as its two numbers in base64url. */
export interface DeviceKey {
  readonly algorithm: 'ES256' | 'RS256';
  /** x and y of a point on P-256, or n and e of an RSA key. */
  readonly numbers: readonly [string, string];
}

/** 32 bytes. */
const COORDINATE = /^[\w-]{43}$/;
/** 2048 to 4096 bits: less is weak, and more costs more than a session is worth. */
const MODULUS = /^[\w-]{342,683}$/;
const SMALLEST_MODULUS = 2048;
const LARGEST_MODULUS = 4096;
/** The exponent 65537, which every key store uses. */
const EXPONENT = 'AQAB';

/** The key of a `jwk` for an algorithm; `undefined` for one that we do not accept. */
export function readJwk(jwk: unknown, algorithm: string): DeviceKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const { kty, crv, x, y, n, e, d } = jwk as Readonly<Record<string, unknown>>;
  // Whoever sends a private key has lost it.
  if (d !== undefined) return undefined;
  if (algorithm === 'ES256' && kty === 'EC' && crv === 'P-256') return readKey(algorithm, x, y);
  if (algorithm === 'RS256' && kty === 'RSA') return readKey(algorithm, n, e);
  return undefined;
}

/** The key with these numbers; `undefined` when they make none. */
function readKey(
  algorithm: DeviceKey['algorithm'],
  one: unknown,
  other: unknown,
): DeviceKey | undefined {
  if (typeof one !== 'string' || typeof other !== 'string') return undefined;
  const hasForm =
    algorithm === 'ES256'
      ? COORDINATE.test(one) && COORDINATE.test(other)
      : MODULUS.test(one) && other === EXPONENT;
  if (!hasForm) return undefined;
  const key: DeviceKey = { algorithm, numbers: [one, other] };
  return isUsable(key) ? key : undefined;
}

/** @throws when the numbers make no key. */
export function keyObject({ algorithm, numbers: [one, other] }: DeviceKey): KeyObject {
  const key =
    algorithm === 'ES256'
      ? { kty: 'EC', crv: 'P-256', x: one, y: other }
      : { kty: 'RSA', n: one, e: other };
  return createPublicKey({ format: 'jwk', key });
}

export function isSameKey(one: DeviceKey, other: DeviceKey): boolean {
  return one.algorithm === other.algorithm && one.numbers.join('.') === other.numbers.join('.');
}

function isUsable(key: DeviceKey): boolean {
  try {
    // A point that is not on the curve throws.
    const { modulusLength } = keyObject(key).asymmetricKeyDetails ?? {};
    if (key.algorithm === 'ES256') return true;
    const bits = modulusLength ?? 0;
    return bits >= SMALLEST_MODULUS && bits <= LARGEST_MODULUS;
  } catch {
    return false;
  }
}
