import { expect, onTestFinished, test, vi } from 'vitest';
import { isProduction } from '../../src/core/environment.js';
import { runForbidden } from './forbidden.js';

test('importing the rooms and making what they make uses no chance, no timer and no environment', () => {
  const output = runForbidden(`
    const { cookieTransport } = await import('./dist/http/cookie.js');
    const { headerTransport } = await import('./dist/http/header-transport.js');
    const { createToken, tokenSigner } = await import('./dist/keys/token.js');
    const { createSealer } = await import('./dist/keys/seal.js');
    const { secretSource } = await import('./dist/keys/secrets.js');
    const { sameOriginMiddleware, sameOriginHandler } = await import('./dist/adapters/same-origin.js');
    const { isProduction } = await import('./dist/core/environment.js');

    cookieTransport({ persistent: true, domain: (host) => host });
    headerTransport('x-session');
    const source = secretSource(['Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i'], 'secret');
    const signer = tokenSigner(source);
    const sealer = createSealer(source, 'record', true);
    sameOriginMiddleware({ trustedOrigins: ['https://shop.example'] });
    sameOriginHandler(() => new Response());

    // The request comes: what draws chance does so now, and not before.
    try { createToken(); throw new Error('the watch is blind'); }
    catch (error) { if (!error.message.startsWith('randomFillSync')) throw error; }
    isForbidden = false;
    const signed = signer.sign(createToken());
    console.log(signed.length, sealer.open(sealer.seal('text', ''), '').text, isProduction());
  `);
  expect(output).toBe('87 text false');
});

test('only the word production in NODE_ENV is production', () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const [value, expected] of [
    ['production', true],
    ['test', false],
    ['Production', false],
    ['', false],
  ] as const) {
    vi.stubEnv('NODE_ENV', value);
    expect(isProduction()).toBe(expected);
  }
});
