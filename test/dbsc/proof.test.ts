import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readProof } from '../../src/dbsc/proof.js';
import { sentText } from '../../src/dbsc/texts.js';
import { createDevice, type Device, proof, registration } from './device.js';

const device = createDevice();
const rsa = createDevice('RS256');

function rsaDevice(modulusLength: number, publicExponent = 65_537): Device {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent });
  return { algorithm: 'RS256', privateKey, jwk: { ...publicKey.export({ format: 'jwk' }) } };
}

/** The key of a device as a record keeps it. */
function keyOf(of: Device) {
  const read = readProof(registration(of, 'c'), undefined);
  if (typeof read === 'string') throw new Error(read);
  return read.key;
}

describe('D-04 proofs of ES256 and RS256 are read', () => {
  test.each([device, rsa])('$algorithm', (of) => {
    expect(readProof(registration(of, 'c1'), undefined)).toMatchObject({
      key: { algorithm: of.algorithm },
      challenge: 'c1',
      audience: undefined,
    });
    expect(readProof(proof(of, 'c2'), keyOf(of))).toMatchObject({ challenge: 'c2' });
  });

  test('D-18 the audience is given when there is one', () => {
    const read = readProof(
      proof(device, 'c', { claims: { aud: 'https://a.test/x' } }),
      keyOf(device),
    );
    expect(read).toMatchObject({ audience: 'https://a.test/x' });
  });
});

describe('what is no right proof is refused', () => {
  const key = keyOf(device);
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const weak = rsaDevice(1024);
  const padded = Buffer.concat([
    Buffer.alloc(128),
    Buffer.from(String(weak.jwk.n), 'base64url'),
  ]).toString('base64url');
  const other = createDevice();
  /** Of the last character, only two bits belong to the 64 bytes. */
  const after = (last: string) => String.fromCharCode(last.charCodeAt(0) + 1);

  test.each<[string, string]>([
    ['the key of another device', proof(other, 'c')],
    [
      'alg none, unsigned',
      proof(device, 'c', { header: { alg: 'none' }, signature: () => Buffer.alloc(0) }),
    ],
    ['alg none', proof(device, 'c', { header: { alg: 'none' } })],
    ['alg ES384', proof(device, 'c', { header: { alg: 'ES384' } })],
    ['alg RS256 for a key of ES256', proof(device, 'c', { header: { alg: 'RS256' } })],
    [
      'alg HS256, with the public key as its secret',
      proof(device, 'c', {
        header: { alg: 'HS256' },
        signature: (_, signed) =>
          createHmac('sha256', JSON.stringify(device.jwk)).update(signed).digest(),
      }),
    ],
    [
      'a signature in DER',
      proof(device, 'c', { signature: (_, signed) => sign('sha256', signed, device.privateKey) }),
    ],
    ['a signature of zeros', proof(device, 'c', { signature: () => Buffer.alloc(64) })],
    ['a signature that is cut', proof(device, 'c', { signature: (right) => right.subarray(1) })],
    ['no typ', proof(device, 'c', { header: { typ: undefined } })],
    ['typ JWT', proof(device, 'c', { header: { typ: 'JWT' } })],
    ['crit', proof(device, 'c', { header: { crit: ['b64'], b64: false } })],
    ['a key at refresh, its own', registration(device, 'c')],
    ['a key at refresh, of another device', registration(other, 'c')],
    ['no challenge', proof(device, 'c', { claims: { jti: undefined } })],
    ['a challenge that is no text', proof(device, 'c', { claims: { jti: ['c'] } })],
    ['an audience that is no text', proof(device, 'c', { claims: { aud: ['a'] } })],
    ['10 KB', proof(device, 'c', { claims: { more: 'x'.repeat(10_000) } })],
    ['padding', `${proof(device, 'c')}=`],
    ['bits after the signature', proof(device, 'c').replace(/.$/, after)],
    ['four parts', `${proof(device, 'c')}.e30`],
    ['two parts', 'e30.e30'],
    ['a header that is no JSON', 'AAAA.e30.AAAA'],
    ['a header that is a list', 'W10.e30.AAAA'],
    ['nothing', ''],
  ])('at refresh: %s', (_, text) => {
    expect(readProof(text, key)).toEqual(expect.any(String));
  });

  test.each<[string, string]>([
    ['no key', proof(device, 'c')],
    ['a key of another device', registration(device, 'c', { header: { jwk: other.jwk } })],
    [
      'a private key',
      registration(device, 'c', { header: { jwk: device.privateKey.export({ format: 'jwk' }) } }),
    ],
    [
      'a key of P-384',
      registration(device, 'c', { header: { jwk: p384.publicKey.export({ format: 'jwk' }) } }),
    ],
    [
      'a point off the curve',
      registration(device, 'c', { header: { jwk: { ...device.jwk, y: device.jwk.x } } }),
    ],
    ['a symmetric key', registration(device, 'c', { header: { jwk: { kty: 'oct', k: 'AAAA' } } })],
    ['a key that is a text', registration(device, 'c', { header: { jwk: 'key' } })],
    ['an RSA key for ES256', registration(device, 'c', { header: { jwk: rsa.jwk } })],
    ['an RSA key of 1024 bits', registration(weak, 'c')],
    [
      'an RSA key of 1024 bits, with zeros in front',
      registration({ ...weak, jwk: { ...weak.jwk, n: padded } }, 'c'),
    ],
    ['an RSA key with the exponent 3', registration(rsaDevice(2048, 3), 'c')],
  ])('at registration: %s', (_, text) => {
    expect(readProof(text, undefined)).toEqual(expect.any(String));
  });

  test('no text makes it throw, and no change of a proof leaves it right', () => {
    const right = proof(device, 'c');
    const characters = fc.constantFrom(...'AQgw_-.09zé"= ');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(readProof(text, key)).toEqual(expect.any(String));
        expect(readProof(text, undefined)).toEqual(expect.any(String));
      }),
    );
    fc.assert(
      fc.property(fc.nat(right.length - 1), characters, (at, character) => {
        const changed = right.slice(0, at) + character + right.slice(at + 1);
        if (changed !== right) expect(readProof(changed, key)).toEqual(expect.any(String));
      }),
    );
  });

  test('no header of any JSON makes it throw', () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record({ typ: fc.constant('dbsc+jwt'), alg: fc.constant('ES256'), jwk: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(value, fc.jsonValue(), (header, claims) => {
        const text = `${part(header)}.${part(claims)}.AAAA`;
        expect(readProof(text, undefined)).toEqual(expect.any(String));
      }),
    );
  });
});

describe('D-01 texts come quoted or not', () => {
  test.each([
    ['abc', 'abc'],
    ['"abc"', 'abc'],
    ['a-_.b', 'a-_.b'],
    ['', undefined],
    ['""', undefined],
    ['a, b', undefined],
    ['"a"b', undefined],
    ['"a\\"b"', undefined],
    [undefined, undefined],
  ])('%j is %j', (sent, read) => expect(sentText(sent)).toBe(read));

  test('whatever is sent, what is read is one of our texts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sentText(text) ?? 'a').toMatch(/^[\w.-]+$/);
      }),
    );
  });
});
