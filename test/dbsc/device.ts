import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export type Algorithm = 'ES256' | 'RS256';

/** The key store of a device, as a browser uses it. */
export interface Device {
  readonly algorithm: Algorithm;
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
}

export function createDevice(algorithm: Algorithm = 'ES256'): Device {
  const { publicKey, privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    algorithm,
    privateKey: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    jwk: { ...publicKey.export({ format: 'jwk' }) },
  };
}

/** What a proof differs in from a right one. */
export interface Forgery {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signature?: (right: Buffer, signed: Buffer) => Buffer;
}

/** The proof that a browser sends when it registers: with the public key. */
export function registration(device: Device, challenge: string, forgery: Forgery = {}): string {
  return proof(device, challenge, { ...forgery, header: { jwk: device.jwk, ...forgery.header } });
}

/** The proof that a browser sends when it refreshes. */
export function proof(
  { algorithm, privateKey }: Device,
  challenge: string,
  { header, claims, signature = (right) => right }: Forgery = {},
): string {
  const parts = [
    { typ: 'dbsc+jwt', alg: algorithm, ...header },
    { jti: challenge, ...claims },
  ];
  const text = parts
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signed = Buffer.from(text);
  const right = sign('sha256', signed, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature(right, signed).toString('base64url')}`;
}
