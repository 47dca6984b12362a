import { verify } from 'node:crypto';
import { type DeviceKey, keyObject, readJwk } from './device-key.js';

/** What a browser signed with the key of its device. */
export interface Proof {
  readonly key: DeviceKey;
  /** The challenge that it signed. */
  readonly challenge: string;
  /** The URL that it was signed for, where the browser says so. */
  readonly audience: string | undefined;
}

/** The largest that we accept has an RSA key of 4096 bits, and less than 2,000 characters. */
const MAX_LENGTH = 4096;
const JWT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/**
 * Reads a proof (JWT, RFC 7519; JWS, RFC 7515) and checks its signature: with `known`, or, at
 * registration, with the key that it brings. A text says why it is refused. No input makes it
 * throw.
 */
export function readProof(text: string, known: DeviceKey | undefined): Proof | string {
  if (text.length > MAX_LENGTH) return 'the proof is too long';
  const [, first, second, third] = JWT.exec(text) ?? [];
  if (first === undefined || second === undefined || third === undefined)
    return 'the proof is no JWT';
  const header = readObject(first);
  const claims = readObject(second);
  const signature = readBytes(third);
  if (header === undefined || claims === undefined || signature === undefined)
    return 'the proof is not encoded as a JWT is';

  if (header.typ !== 'dbsc+jwt') return "the type of the proof is not 'dbsc+jwt'";
  if (header.crit !== undefined) return 'the proof has extensions';
  const { alg } = header;
  if (alg !== 'ES256' && alg !== 'RS256') return 'the algorithm is neither ES256 nor RS256';
  if (known !== undefined && header.jwk !== undefined) return 'the proof brings a key of its own';
  const key = known ?? readJwk(header.jwk, alg);
  if (key === undefined) return 'the proof brings no key that we accept';
  if (key.algorithm !== alg) return 'the algorithm is not that of the key';

  const signed = Buffer.from(`${first}.${second}`);
  // Of JWS, and not DER; an RSA key does not look at it.
  const verifier = { key: keyObject(key), dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', signed, verifier, signature)) return 'the signature is wrong';

  const { jti, aud } = claims;
  if (typeof jti !== 'string') return 'the proof names no challenge';
  if (aud !== undefined && typeof aud !== 'string') return 'the audience of the proof is no text';
  return { key, challenge: jti, audience: aud };
}

function readObject(part: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = readBytes(part);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** Node ignores what is no base64url, so only what it writes in the same way counts. */
function readBytes(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}
