import { describe, expect, test, vi } from 'vitest';
import { cookieSessions, createSessions, type SessionOptions } from '../../src/index.js';
import { createSealer } from '../../src/keys/seal.js';
import { secretSource } from '../../src/keys/secrets.js';
import { createToken, tokenSigner } from '../../src/keys/token.js';
import { memoryStore } from '../../src/stores/memory.js';
import { Visitor } from '../visitor.js';

const FIRST = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';
const SECOND = 'o6RtEwZ1CqMx4UvBy7NkLs0DhGj3FpAa';
const invalid = (said: string) =>
  expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(said) });

/** An option that is a function, and the variable it reads. */
function changing(secret: string | readonly string[]) {
  const held = { secret, option: () => held.secret };
  return held;
}

describe('secrets from a function', () => {
  test('F-28: a new secret in front signs and seals from its next use on, the old one still opens', () => {
    const held = changing(FIRST);
    const source = secretSource(held.option, 'secret');
    const [signer, sealer] = [tokenSigner(source), createSealer(source, 'record')];
    const token = createToken();
    const [signed, sealed] = [signer.sign(token), sealer.seal('text', 'id')];

    held.secret = [SECOND, FIRST];
    expect(signer.verify(signed)).toEqual({ token, stale: true });
    expect(sealer.open(sealed, 'id')).toEqual({ text: 'text', stale: true });
    expect(tokenSigner([SECOND]).verify(signer.sign(token))).toEqual({ token, stale: false });
    expect(createSealer([SECOND], 'record').open(sealer.seal('text', 'id'), 'id')?.text).toBe(
      'text',
    );

    held.secret = SECOND;
    expect(signer.verify(signed)).toBeUndefined();
    expect(sealer.open(sealed, 'id')).toBeUndefined();
  });

  test('a list that changes in place is noticed', () => {
    const list = [FIRST];
    const signer = tokenSigner(secretSource(() => list, 'secret'));
    const token = createToken();
    const signed = signer.sign(token);
    list.unshift(SECOND);
    expect(signer.verify(signed)).toEqual({ token, stale: true });
  });

  test('the function is asked at use, and not before', () => {
    const option = vi.fn(() => FIRST);
    createSessions({ store: memoryStore(), secret: option, encrypt: true });
    createSessions({ store: cookieSessions(), secret: option });
    expect(option).not.toHaveBeenCalled();
    tokenSigner(secretSource(option, 'secret')).sign(createToken());
    expect(option).toHaveBeenCalled();
  });

  test.each([
    ['weak', 'short', 'secret() has 5 bytes'],
    ['weak in a list', [FIRST, 'short'], 'secret()[1] has 5 bytes'],
    ['none', undefined, 'secret() is missing'],
    ['an empty list', [], 'secret() is an empty list'],
    ['a promise', Promise.resolve(FIRST), 'secret() is a promise'],
  ])('V-32: what it gives is checked: %s', (_, given, said) => {
    const held = changing(FIRST);
    const source = secretSource(held.option, 'secret');
    const [signer, sealer] = [tokenSigner(source), createSealer(source, 'record')];
    const [signed, sealed] = [signer.sign(createToken()), sealer.seal('text', '')];
    held.secret = given as string;
    for (const use of [
      () => signer.sign(createToken()),
      () => signer.verify(signed),
      () => sealer.seal('text', ''),
      () => sealer.open(sealed, ''),
    ])
      expect(use).toThrow(invalid(said));
    held.secret = FIRST;
    expect(signer.verify(signed)?.stale).toBe(false);
    expect(sealer.open(sealed, '')?.text).toBe('text');
  });

  test('an error of the function is the cause', () => {
    const cause = new Error('no vault');
    const source = secretSource(() => {
      throw cause;
    }, 'secret');
    expect(source).toThrow(expect.objectContaining({ code: 'invalid-option', cause }));
  });
});

describe.each([
  ['tokens with a MAC', () => ({ store: memoryStore() })],
  ['encrypted records', () => ({ store: memoryStore(), encrypt: true })],
  ['sealed sessions', () => ({ store: cookieSessions() })],
] as [string, () => SessionOptions][])('F-28: %s', (_, place) => {
  test('nobody is signed out by a secret that changes while the server runs', async () => {
    const held = changing(FIRST);
    const sessions = createSessions<{ visits: number }>({ ...place(), secret: held.option });
    const visitor = new Visitor(sessions);
    const visit = async (): Promise<number> => {
      const { session } = await visitor.visit((session) => session.increment('visits'));
      return session.get('visits') ?? 0;
    };
    expect(await visit()).toBe(1);
    held.secret = [SECOND, FIRST];
    expect(await visit()).toBe(2);
    held.secret = SECOND;
    expect(await visit()).toBe(3);
    held.secret = FIRST;
    const { cookie } = visitor;
    await expect(visitor.open().then((session) => session.isNew)).resolves.toBe(true);
    expect(cookie).toBeDefined();
  });

  test('V-32: a weak one fails the request and names the option', async () => {
    const held = changing(FIRST);
    const sessions = createSessions<{ visits: number }>({ ...place(), secret: held.option });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.increment('visits'));
    held.secret = 'keyboard cat';
    await expect(visitor.open()).rejects.toThrow(invalid('secret() has 12 bytes'));
  });
});
