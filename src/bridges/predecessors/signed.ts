import { type BinaryLike, createHmac, timingSafeEqual } from 'node:crypto';

/** Compares in constant time; the length is no secret. */
export function isSame(one: string, other: string): boolean {
  const [given, expected] = [Buffer.from(one), Buffer.from(other)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/**
 * The text in front of the last dot, when one of the secrets signed it; in the form of
 * cookie-signature: base64 without padding.
 */
export function unsign(
  value: string,
  secrets: readonly BinaryLike[],
  algorithm = 'sha256',
): string | undefined {
  const end = value.lastIndexOf('.');
  if (end < 1) return undefined;
  const text = value.slice(0, end);
  const mac = value.slice(end + 1).replace(/=+$/, '');
  const isSigned = secrets.some((secret) => {
    const expected = createHmac(algorithm, secret).update(text).digest('base64');
    return isSame(mac, expected.replace(/=+$/, ''));
  });
  return isSigned ? text : undefined;
}

/** A cookie's value as it was before it was percent-encoded; as it is when it never was. */
export function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
