import { createHmac } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { deriveKey } from '../../src/keys/secrets.js';
import { createToken, isToken, tokenId, tokenSigner } from '../../src/keys/token.js';
import { seeded } from './seeded.js';

const SECRET = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Pearson's statistic of counts that should all be equal. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/**
 * The value that chi-square exceeds once in 10^9 (Wilson and Hilferty), so that 43 positions raise
 * no false alarm.
 */
function chiSquareLimit(freedom: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + 6 * Math.sqrt(spread)) ** 3;
}

test('S-01: a million tokens, no duplicate, every position uniform', () => {
  const tokens = new Set<string>();
  const counts = Array.from({ length: 43 }, () => new Uint32Array(128));
  for (let made = 0; made < 1_000_000; made += 1) {
    const token = createToken();
    tokens.add(token);
    for (let position = 0; position < 43; position += 1)
      counts[position]![token.charCodeAt(position)]! += 1;
  }
  expect(tokens.size).toBe(1_000_000);
  for (const [position, count] of counts.entries()) {
    // 256 bits leave two of the last character's bits at zero.
    const letters = position < 42 ? [...ALPHABET] : [...'AEIMQUYcgkosw048'];
    const seen = letters.map((letter) => count[letter.charCodeAt(0)]!);
    expect(seen.reduce((sum, part) => sum + part, 0)).toBe(1_000_000);
    expect(chiSquare(seen), `position ${position}`).toBeLessThan(
      chiSquareLimit(letters.length - 1),
    );
  }
});

test('S-01: tokens need neither Math.random nor the clock', () => {
  const stubs = [
    vi.spyOn(Math, 'random').mockReturnValue(0.5),
    vi.spyOn(Date, 'now').mockReturnValue(0),
  ];
  expect(new Set(Array.from({ length: 10_000 }, createToken)).size).toBe(10_000);
  for (const stub of stubs) {
    expect(stub).not.toHaveBeenCalled();
    stub.mockRestore();
  }
});

/** A token with a flaw: a wrong length, or a character that base64url does not have. */
function malformed(pick: (limit: number) => number): string {
  const token = Array.from({ length: 43 }, () => ALPHABET[pick(64)]).join('');
  switch (pick(4)) {
    case 0:
      return token.slice(0, pick(43));
    case 1:
      return token + ALPHABET.slice(0, 1 + pick(50));
    case 2:
      return `${token.slice(0, 42)}\n`;
    default: {
      const flaw = ['+', '/', '=', '.', '~', ' ', '\0', '\n', '\u00e9', '\u0430', '\ud800'][
        pick(11)
      ]!;
      const at = pick(43);
      return token.slice(0, at) + flaw + token.slice(at + 1);
    }
  }
}

test('S-03: 10^5 malformed tokens are told from well-formed ones', () => {
  const pick = seeded(3);
  const accepted = Array.from({ length: 100_000 }, () => malformed(pick)).filter(isToken);
  expect(accepted).toEqual([]);
  for (const value of [
    '',
    ' ',
    'a'.repeat(42),
    'a'.repeat(44),
    `${'a'.repeat(43)}\n`,
    `\n${'a'.repeat(43)}`,
  ])
    expect(isToken(value)).toBe(false);
  expect(isToken('a'.repeat(43))).toBe(true);
});

test('S-03 V-25: a signer turns away malformed values without throwing', () => {
  const signer = tokenSigner([SECRET]);
  const pick = seeded(4);
  const signed = signer.sign(createToken());
  for (let round = 0; round < 20_000; round += 1) {
    const [token, mac] = [malformed(pick), malformed(pick)];
    expect(signer.verify(`${token}.${signed.slice(44)}`)).toBeUndefined();
    expect(signer.verify(`${signed.slice(0, 43)}.${mac}`)).toBeUndefined();
  }
  for (const value of [
    '',
    '.',
    `${signed}.`,
    ` ${signed}`,
    signed.replace('.', '~'),
    signed.slice(0, -1),
    signed + signed,
  ]) {
    expect(signer.verify(value)).toBeUndefined();
  }
});

test('S-43: every change of one character of a signed token is refused, and so is every other spelling of its MAC', () => {
  const signer = tokenSigner([SECRET]);
  const signed = signer.sign(createToken());
  for (let at = 0; at < signed.length; at += 1) {
    for (const letter of `${ALPHABET}.`) {
      if (letter !== signed[at])
        expect(signer.verify(signed.slice(0, at) + letter + signed.slice(at + 1))).toBeUndefined();
    }
  }
});

test('S-43: characters beyond a byte are not cut down to ones that fit', () => {
  const signer = tokenSigner([SECRET]);
  const signed = signer.sign(createToken());
  for (let at = 0; at < signed.length; at += 1) {
    const lifted = String.fromCharCode(signed.charCodeAt(at) + 0x100);
    expect(signer.verify(signed.slice(0, at) + lifted + signed.slice(at + 1))).toBeUndefined();
  }
});

test('V-09: a MAC of one token, or of another secret, does not fit', () => {
  const signer = tokenSigner([SECRET]);
  const [one, other] = [createToken(), createToken()];
  expect(signer.verify(one + signer.sign(other).slice(43))).toBeUndefined();
  expect(
    signer.verify(one + tokenSigner([SECRET.toLowerCase()]).sign(one).slice(43)),
  ).toBeUndefined();
  expect(signer.verify(`${one}.${tokenId(one)}`)).toBeUndefined();
});

test('V-32: the MAC has a key of its own, which neither sealing nor the secret itself is', () => {
  const token = createToken();
  const mac = tokenSigner([SECRET]).sign(token).slice(44);
  const macWith = (key: Parameters<typeof createHmac>[1]) =>
    createHmac('sha256', key).update(token).digest('base64url');
  expect(mac).toBe(macWith(deriveKey(SECRET, 'sojourn token')));
  for (const purpose of ['sojourn seal record', 'sojourn seal token', 'sojourn key id record'])
    expect(mac).not.toBe(macWith(deriveKey(SECRET, purpose)));
  expect(mac).not.toBe(macWith(SECRET));
});
