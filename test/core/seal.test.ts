import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSealer } from '../../src/keys/seal.js';
import { checkSecrets, deriveKey } from '../../src/keys/secrets.js';

const FIRST = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';
const SECOND = 'o6RtEwZ1CqMx4UvBy7NkLs0DhGj3FpAa';

test('what was sealed opens to the same text', () => {
  const sealer = createSealer([FIRST], 'record');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string(), (text, context) => {
      expect(sealer.open(sealer.seal(text, context), context)).toEqual({ text, stale: false });
    }),
    { numRuns: 500, seed: 11 },
  );
});

test('sealing hides the text, and never gives the same twice', () => {
  const sealer = createSealer([FIRST], 'record');
  const sealed = sealer.seal('a text that is easy to find', '');
  expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('easy');
  expect(sealer.seal('a text that is easy to find', '')).not.toBe(sealed);
});

test('a sealed text is 33 bytes longer than the text', () => {
  expect(
    Buffer.from(createSealer([FIRST], 'record').seal('0123456789', ''), 'base64url'),
  ).toHaveLength(43);
});

describe('compressing', () => {
  const plain = createSealer([FIRST], 'record');
  const compressing = createSealer([FIRST], 'record', true);
  const bytesOf = (sealed: string): number => Buffer.from(sealed, 'base64url').length;

  test('a text from 1,024 characters on is sealed in fewer bytes, and opens in either sealer', () => {
    const text = 'ä sentence that is said again and again. '.repeat(100);
    const sealed = compressing.seal(text, 'id');
    expect(bytesOf(sealed)).toBeLessThan(bytesOf(plain.seal(text, 'id')) / 10);
    expect(plain.open(sealed, 'id')).toEqual({ text, stale: false });
    expect(compressing.open(plain.seal(text, 'id'), 'id')).toEqual({ text, stale: false });
  });

  test.each([
    ['is shorter', 'a'.repeat(1023)],
    ['would be more than 1 MiB when opened', 'a'.repeat(1_048_577)],
  ])('a text that %s is sealed as it is', (_name, text) => {
    expect(bytesOf(compressing.seal(text, ''))).toBe(bytesOf(plain.seal(text, '')));
    expect(compressing.open(compressing.seal(text, ''), '')?.text).toBe(text);
  });

  test.each([
    ['ASCII', 128],
    ['the Basic Multilingual Plane', 0xd800],
  ])('even random characters of %s get shorter', (_name, characters) => {
    for (let round = 0; round < 100; round++) {
      const text = String.fromCodePoint(
        ...Array.from({ length: 1024 }, () => randomInt(characters)),
      );
      expect(bytesOf(compressing.seal(text, ''))).toBeLessThan(bytesOf(plain.seal(text, '')));
    }
  });

  test('a text of 1 MiB comes back whole', () => {
    const text = 'a'.repeat(1_048_576);
    expect(compressing.open(compressing.seal(text, ''), '')?.text).toBe(text);
  });
});

test('the first secret seals, the others still open and make the text stale', () => {
  const old = createSealer([FIRST], 'record').seal('kept', 'id');
  const rotated = createSealer([SECOND, FIRST], 'record');
  expect(rotated.open(old, 'id')).toEqual({ text: 'kept', stale: true });
  expect(rotated.open(rotated.seal('kept', 'id'), 'id')).toEqual({ text: 'kept', stale: false });
  expect(createSealer([SECOND], 'record').open(old, 'id')).toBeUndefined();
});

test('a sealer without a secret is refused', () => {
  expect(() => createSealer([], 'record')).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});

test('keys of two purposes have nothing in common and are 256 bits long', () => {
  const [one, other] = [deriveKey(FIRST, 'one').export(), deriveKey(FIRST, 'other').export()];
  expect(one).toHaveLength(32);
  expect(one.equals(other)).toBe(false);
  expect(one.equals(deriveKey(FIRST, 'one').export())).toBe(true);
});

test('one secret or several become a list of their own', () => {
  expect(checkSecrets(FIRST, 'secret')).toEqual([FIRST]);
  const given = [FIRST, SECOND];
  const checked = checkSecrets(given, 'secret');
  expect(checked).toEqual(given);
  expect(checked).not.toBe(given);
});
