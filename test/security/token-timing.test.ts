import type * as Crypto from 'node:crypto';
import { beforeEach, expect, test, vi } from 'vitest';
import { createToken, tokenSigner } from '../../src/keys/token.js';

/** What was compared in constant time, and the outcome. */
const compared = vi.hoisted(() => [] as { pair: [string, string]; isEqual: boolean }[]);

vi.mock('node:crypto', async (load) => {
  const crypto = await load<typeof Crypto>();
  const timingSafeEqual: typeof Crypto.timingSafeEqual = (one, other) => {
    const isEqual = crypto.timingSafeEqual(one, other);
    compared.push({ pair: [textOf(one), textOf(other)], isEqual });
    return isEqual;
  };
  return { ...crypto, timingSafeEqual };
});

function textOf(bytes: NodeJS.ArrayBufferView): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

const FIRST = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';
const SECOND = 'o6RtEwZ1CqMx4UvBy7NkLs0DhGj3FpAa';

beforeEach(() => {
  compared.length = 0;
});

test('V-10 S-43: the MAC of a token is compared as a whole and in constant time, right or wrong', () => {
  const signer = tokenSigner([FIRST]);
  const token = createToken();
  const mac = signer.sign(token).slice(44);
  const wrongAtTheStart = (mac.startsWith('A') ? 'B' : 'A') + mac.slice(1);
  const wrongAtTheEnd = mac.slice(0, -1) + (mac.endsWith('A') ? 'E' : 'A');

  for (const [sent, isEqual] of [
    [mac, true],
    [wrongAtTheStart, false],
    [wrongAtTheEnd, false],
  ] as const) {
    compared.length = 0;
    expect(signer.verify(`${token}.${sent}`) !== undefined).toBe(isEqual);
    expect(compared).toEqual([{ pair: [sent, mac], isEqual }]);
  }
});

test('V-10 S-43: with several secrets each comparison is in constant time, and its outcome decides', () => {
  const token = createToken();
  const signed = tokenSigner([SECOND]).sign(token);
  expect(tokenSigner([FIRST, SECOND]).verify(signed)).toEqual({ token, stale: true });
  expect(compared.map(({ isEqual }) => isEqual)).toEqual([false, true]);
});
