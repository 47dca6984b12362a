import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createToken, isToken, tokenId, tokenSigner } from '../../src/keys/token.js';

const FIRST = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';
const SECOND = 'o6RtEwZ1CqMx4UvBy7NkLs0DhGj3FpAa';

test('a token is 43 characters of base64url and stands for 32 bytes', () => {
  const token = createToken();
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(isToken(token)).toBe(true);
});

test('tokens stay different when the pool of random bytes runs out many times', () => {
  const tokens = Array.from({ length: 1000 }, createToken);
  expect(new Set(tokens).size).toBe(1000);
});

test('the id of a token is its SHA-256', () => {
  const token = createToken();
  expect(tokenId(token)).toBe(createHash('sha256').update(token).digest('base64url'));
  expect(tokenId('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});

test('a signed token verifies and is not stale', () => {
  const signer = tokenSigner([FIRST]);
  const token = createToken();
  const signed = signer.sign(token);
  expect(signed).toMatch(/^[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}$/);
  expect(signed.startsWith(`${token}.`)).toBe(true);
  expect(signer.verify(signed)).toEqual({ token, stale: false });
  expect(tokenSigner([FIRST]).sign(token)).toBe(signed);
});

test('the first secret signs, the others still verify and make the token stale', () => {
  const token = createToken();
  const old = tokenSigner([FIRST]).sign(token);
  const rotated = tokenSigner([SECOND, FIRST]);
  expect(rotated.verify(old)).toEqual({ token, stale: true });
  expect(rotated.verify(rotated.sign(token))).toEqual({ token, stale: false });
  expect(tokenSigner([SECOND]).verify(old)).toBeUndefined();
});

test('a signer without a secret is refused', () => {
  expect(() => tokenSigner([])).toThrow(expect.objectContaining({ code: 'invalid-option' }));
});
