import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSealer } from '../../src/keys/seal.js';
import { checkSecrets, deriveKey } from '../../src/keys/secrets.js';
import { seeded } from './seeded.js';

const FIRST = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';
const SECOND = 'o6RtEwZ1CqMx4UvBy7NkLs0DhGj3FpAa';
const HEADER_BYTES = 17;
const TAG_BYTES = 16;

const bytesOf = (sealed: string): Buffer => Buffer.from(sealed, 'base64url');
const textOf = (bytes: Buffer): string => bytes.toString('base64url');

test('S-40: nonces do not repeat, not even across sealers of one secret', () => {
  const sealers = [createSealer([FIRST], 'record'), createSealer([FIRST], 'record')];
  const nonces = new Set<string>();
  for (let round = 0; round < 50_000; round += 1) {
    for (const sealer of sealers)
      nonces.add(bytesOf(sealer.seal('', '')).toString('latin1', 5, HEADER_BYTES));
  }
  expect(nonces.size).toBe(100_000);
});

test('S-40: the key id names the key and gives none of it away', () => {
  const keyId = (secret: string, purpose: string) =>
    bytesOf(createSealer([secret], purpose).seal('', '')).toString('hex', 1, 5);
  expect(keyId(FIRST, 'record')).toBe(keyId(FIRST, 'record'));
  expect(
    new Set([
      keyId(FIRST, 'record'),
      keyId(FIRST, 'token'),
      keyId(SECOND, 'record'),
      keyId(SECOND, 'token'),
    ]).size,
  ).toBe(4);
  expect(deriveKey(FIRST, 'sojourn seal record').export().toString('hex')).not.toContain(
    keyId(FIRST, 'record'),
  );
});

test('V-33 F-22: every flipped bit of 200 sealed texts is refused', () => {
  const sealer = createSealer([FIRST, SECOND], 'record');
  for (let round = 0; round < 200; round += 1) {
    const bytes = bytesOf(sealer.seal(`text number ${round}`, 'id'));
    expect(sealer.open(textOf(bytes), 'id')).toBeDefined();
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      if (sealer.open(textOf(bytes), 'id') !== undefined)
        expect.unreachable(`bit ${bit} of round ${round} was accepted`);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  }
});

test('V-33 F-22: every flipped bit of a compressed text is refused, and so is every other format', () => {
  const sealer = createSealer([FIRST, SECOND], 'record', true);
  const text = 'a sentence said again. '.repeat(60);
  for (const sealed of [sealer.seal(text, 'id'), sealer.seal(text.slice(0, 100), 'id')]) {
    const bytes = bytesOf(sealed);
    const [format] = bytes;
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(sealer.open(textOf(bytes), 'id')).toBeUndefined();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    // A plain text is never inflated, and a compressed one never taken as it is.
    for (let other = 0; other < 256; other += 1) {
      bytes[0] = other;
      expect(sealer.open(textOf(bytes), 'id') !== undefined).toBe(other === format);
    }
  }
});

test('V-33: every flipped bit of the characters is refused, the bits that base64url leaves unused included', () => {
  const sealer = createSealer([FIRST], 'record');
  for (const text of ['', 'a', 'ab', 'abc']) {
    const characters = Buffer.from(sealer.seal(text, ''), 'latin1');
    for (let bit = 0; bit < characters.length * 8; bit += 1) {
      characters[bit >> 3]! ^= 1 << (bit & 7);
      expect(sealer.open(characters.toString('latin1'), '')).toBeUndefined();
      characters[bit >> 3]! ^= 1 << (bit & 7);
    }
  }
});

test('V-33: other spellings of a sealed text are refused', () => {
  const sealer = createSealer([FIRST], 'record');
  const bytes = Buffer.alloc(60, 0xff);
  const sealed = sealer.seal('text', '');
  const spellings = [
    `${sealed}=`,
    `${sealed}==`,
    ` ${sealed}`,
    `${sealed}\n`,
    `${sealed}.`,
    sealed.replace(/(.{9})/, '$1 '),
    `\u0430${sealed}`,
  ];
  for (const spelling of spellings) expect(sealer.open(spelling, '')).toBeUndefined();
  // A text whose base64 has `+` and `/`, spelled so.
  let odd = sealed;
  while (!/[-_]/.test(odd)) odd = sealer.seal(bytes.toString('latin1'), '');
  expect(sealer.open(odd, '')).toBeDefined();
  expect(sealer.open(odd.replaceAll('-', '+').replaceAll('_', '/'), '')).toBeUndefined();
});

test('V-07 F-22: every truncation and every lengthening is refused', () => {
  const sealer = createSealer([FIRST], 'record');
  const sealed = sealer.seal('a text to cut', 'id');
  for (let length = 0; length < sealed.length; length += 1) {
    expect(sealer.open(sealed.slice(0, length), 'id')).toBeUndefined();
    expect(sealer.open(sealed.slice(sealed.length - length), 'id')).toBeUndefined();
  }
  const bytes = bytesOf(sealed);
  for (let extra = 1; extra <= 32; extra += 1)
    expect(sealer.open(textOf(Buffer.concat([bytes, Buffer.alloc(extra)])), 'id')).toBeUndefined();
});

test('V-07 S-41: what is not sealed, or sealed otherwise, is one and the same undefined', () => {
  const sealer = createSealer([FIRST], 'record');
  const json = JSON.stringify({ userId: 'admin' });
  const sealed = bytesOf(sealer.seal(json, ''));
  const otherFormat = Buffer.from(sealed);
  otherFormat[0] = 2;
  const attempts = [
    '',
    json,
    textOf(Buffer.from(json)),
    textOf(Buffer.concat([Buffer.from([1]), Buffer.from(json.padEnd(64))])),
    textOf(
      Buffer.concat([sealed.subarray(0, HEADER_BYTES), Buffer.from(json), Buffer.alloc(TAG_BYTES)]),
    ),
    textOf(otherFormat),
    createSealer([SECOND], 'record').seal(json, ''),
    `${textOf(Buffer.from('{}'))}.${textOf(Buffer.from(json))}.`,
    'null',
    '\ud800',
    '%',
    'Bearer %',
  ];
  for (const attempt of attempts) expect(sealer.open(attempt, '')).toBeUndefined();
});

test('S-41 V-25: no text makes opening throw', () => {
  const sealer = createSealer([FIRST, SECOND], 'record');
  const pick = seeded(41);
  const header = bytesOf(sealer.seal('', '')).subarray(0, 5);
  for (let round = 0; round < 20_000; round += 1) {
    const noise = Buffer.from(Array.from({ length: pick(80) }, () => pick(256)));
    expect(sealer.open(textOf(noise), '')).toBeUndefined();
    expect(sealer.open(textOf(Buffer.concat([header, noise])), '')).toBeUndefined();
    expect(sealer.open(noise.toString('utf16le'), '')).toBeUndefined();
  }
});

/** A sealed text made by hand, so that the length of the tag can be chosen. */
function sealedWithTag(tagOf: (tag: Buffer) => Buffer): string {
  const nonce = randomBytes(12);
  const keyId = bytesOf(createSealer([FIRST], 'record').seal('', '')).subarray(1, 5);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(FIRST, 'sojourn seal record'), nonce, {
    authTagLength: 16,
  });
  cipher.setAAD(Buffer.from('6:recordid', 'utf16le'));
  const body = Buffer.concat([cipher.update('a text longer than any tag'), cipher.final()]);
  return textOf(Buffer.concat([Buffer.from([1]), keyId, nonce, body, tagOf(cipher.getAuthTag())]));
}

test('V-08: only a tag of exactly 16 bytes is accepted', () => {
  const sealer = createSealer([FIRST], 'record');
  expect(
    sealer.open(
      sealedWithTag((tag) => tag),
      'id',
    ),
  ).toEqual({ text: 'a text longer than any tag', stale: false });
  for (let length = 0; length < TAG_BYTES; length += 1) {
    expect(
      sealer.open(
        sealedWithTag((tag) => tag.subarray(0, length)),
        'id',
      ),
    ).toBeUndefined();
  }
  expect(
    sealer.open(
      sealedWithTag((tag) => Buffer.concat([tag, Buffer.alloc(1)])),
      'id',
    ),
  ).toBeUndefined();
  expect(
    sealer.open(
      sealedWithTag((tag) => Buffer.concat([Buffer.alloc(1), tag])),
      'id',
    ),
  ).toBeUndefined();
});

test('V-08: 10^5 random tags of 4 bytes are refused', () => {
  const sealer = createSealer([FIRST], 'record');
  const bytes = bytesOf(sealedWithTag((tag) => tag.subarray(0, 4)));
  const pick = seeded(8);
  let accepted = 0;
  for (let round = 0; round < 100_000; round += 1) {
    bytes.writeUInt32BE(pick(2 ** 32), bytes.length - 4);
    if (sealer.open(textOf(bytes), 'id') !== undefined) accepted += 1;
  }
  expect(accepted).toBe(0);
});

test('V-09 F-22: a sealed text opens for its own secret, purpose and context only', () => {
  const places = [FIRST, SECOND].flatMap((secret) =>
    ['record', 'token', 'recor', ''].flatMap((purpose) =>
      ['', 'd', 'id', 'did', '\ud800', '\ufffd'].map((context) => ({ secret, purpose, context })),
    ),
  );
  const sealed = places.map(({ secret, purpose, context }) =>
    createSealer([secret], purpose).seal('text', context),
  );
  for (const [at, { secret, purpose, context }] of places.entries()) {
    const sealer = createSealer([secret], purpose);
    const opened = sealed.map((text) => sealer.open(text, context) !== undefined);
    expect(opened).toEqual(places.map((_, index) => index === at));
  }
});

test('V-09: the name of another key does not lend its trust', () => {
  const sealer = createSealer([FIRST, SECOND], 'record');
  const foreign = bytesOf(createSealer([SECOND], 'token').seal('text', ''));
  bytesOf(createSealer([SECOND], 'record').seal('', '')).copy(foreign, 1, 1, 5);
  expect(sealer.open(textOf(foreign), '')).toBeUndefined();
});

test('F-28: with three secrets everything opens, and what is new is made with the first', () => {
  const secrets = ['one', 'two', 'three'].map((name) =>
    createHash('sha256').update(name).digest('base64url'),
  );
  const old = secrets.map((secret) => createSealer([secret], 'record').seal('text', ''));
  const sealer = createSealer(secrets, 'record');
  expect(old.map((sealed) => sealer.open(sealed, '')?.stale)).toEqual([false, true, true]);
  expect(createSealer(secrets.slice(0, 1), 'record').open(sealer.seal('new', ''), '')).toEqual({
    text: 'new',
    stale: false,
  });
});

test.each([
  ['undefined', undefined, 'missing'],
  ['an empty list', [], 'empty list'],
  ['an empty text', '', '0 bytes'],
  ['31 bytes', 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8', '31 bytes'],
  ['a short one in a list', [FIRST, 'short'], 'secret[1]'],
  ['a number', (2 ** 120) as unknown as string, 'not a string'],
  ['bytes', Buffer.alloc(32, 'abc') as unknown as string, 'not a string'],
  ['a list with a gap', [FIRST, undefined as unknown as string], 'missing'],
  ['one character', 'x'.repeat(64), 'repeats'],
  ['few characters', 'abcabdabeabcabbacabdeabcbabaceabdc', 'repeats'],
  ['a word said again', 'keyboard cat'.repeat(3), 'repeats'],
  ['a phrase said again', 'keyboard cat keyboard cat keyboard cat', 'repeats'],
  ['digits said again', '0123456789'.repeat(4), 'repeats'],
  ['a phrase of manuals', 'keyboard cat is what the manual says here', 'placeholder'],
  ['a phrase of manuals', 'complex_password_at_least_32_characters_long', 'placeholder'],
  ['a phrase of manuals', 'a secret with minimum length of 32 characters', 'placeholder'],
  ['a phrase of manuals', 'averylogphrasebiggerthanthirtytwochars', 'placeholder'],
  ['a request', 'please-change-me-before-production-2026', 'placeholder'],
  ['a request', 'YOUR-SESSION-SECRET-GOES-IN-HERE-PLEASE', 'placeholder'],
  [
    'bytes read as text',
    Buffer.from(Array.from({ length: 64 }, (_, index) => 128 + index)).toString(),
    'no text',
  ],
])('V-32: %s is refused', (_, secret, reason) => {
  expect(() => checkSecrets(secret, 'secret')).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(reason) }),
  );
});

test('V-32: the refusal says how to make a secret and does not repeat the weak one', () => {
  const weak = 'hunter2hunter2hunter2hunter2hunter2';
  let message = '';
  try {
    checkSecrets(weak, 'secret');
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain('npx sojourn keygen');
  expect(message).not.toContain('hunter2');
});

test('V-32: random secrets of every usual spelling are accepted', () => {
  for (let round = 0; round < 2000; round += 1) {
    const bytes = createHash('sha256').update(`secret ${round}`).digest();
    for (const spelling of ['hex', 'base64', 'base64url'] as const)
      expect(checkSecrets(bytes.toString(spelling), 'secret')).toHaveLength(1);
    expect(checkSecrets(`my-shop-secret-${bytes.toString('hex', 0, 16)}`, 'secret')).toHaveLength(
      1,
    );
  }
});
