import { expect, test } from 'vitest';
import { addHeaders, type HeaderPair } from '../../src/index.js';

/** The header after `pairs` were added to a response whose handler had set `own`. */
function added(name: string, own: string | undefined, ...pairs: HeaderPair[]): string | null {
  const headers = new Headers(own === undefined ? {} : { [name]: own });
  addHeaders(headers, pairs);
  return headers.get(name);
}

test.each([
  ['no-store', undefined, 'no-store'],
  ['no-store', 'public, max-age=60', 'no-store'],
  ['no-store', 'no-cache', 'no-store'],
  ['no-store', 'max-age=60, Private', 'max-age=60, Private'],
  ['no-store', 'NO-STORE', 'NO-STORE'],
  // A qualified `private` keeps a shared cache away from one field alone (RFC 9111, 5.2.2.7).
  ['no-store', 'private="x-note", max-age=60', 'no-store'],
  ['private, no-cache', undefined, 'private, no-cache'],
  ['private, no-cache', 'public, max-age=60', 'public, max-age=60'],
  ['private, no-cache', 'no-store', 'no-store'],
  ['private, no-cache', 'max-age=0', 'max-age=0'],
])('S-30: Cache-Control: %s on a response with %s gives %s', (value, own, expected) => {
  expect(added('Cache-Control', own, ['Cache-Control', value])).toBe(expected);
});

test('S-30: Vary names each header once', () => {
  const vary: HeaderPair = ['Vary', 'Cookie'];
  expect(added('Vary', undefined, vary, vary)).toBe('Cookie');
  expect(added('Vary', 'Accept, cookie', vary)).toBe('Accept, cookie');
  expect(added('Vary', 'Accept', vary)).toBe('Accept, Cookie');
  expect(added('Vary', '*', vary)).toBe('*');
});

test('S-24: cookies of others stay', () => {
  const headers = new Headers({ 'Set-Cookie': 'theme=dark' });
  addHeaders(headers, [['Set-Cookie', 'sid=token']]);
  expect(headers.getSetCookie()).toEqual(['theme=dark', 'sid=token']);
});
