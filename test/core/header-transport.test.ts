import { expect, test } from 'vitest';
import { headerTransport } from '../../src/http/header-transport.js';
import { createToken } from '../../src/keys/token.js';
import { requestView } from './request-view.js';

test('the token comes in a header and leaves in the header of the same name', () => {
  const transport = headerTransport('X-Session');
  const token = createToken();
  const presented = transport.receive(requestView({ 'x-session': token }));
  expect(presented).toMatchObject({ tokens: [token], exclusive: false, refusal: undefined });
  expect(presented.send('next', 1000)).toEqual({ headers: [['X-Session', 'next']], cookies: [] });
  expect(presented.expire()).toEqual({ headers: [['X-Session', '']], cookies: [] });
  expect(presented.clearOthers()).toEqual({ headers: [], cookies: [] });
  expect(transport).toMatchObject({ vary: 'X-Session', persistent: false });
});

test('S-06: without the header, or with an empty one, there is no token, whatever cookies say', () => {
  const transport = headerTransport('x-session');
  expect(transport.receive(requestView()).tokens).toEqual([]);
  expect(transport.receive(requestView({ 'x-session': '' })).tokens).toEqual([]);
  expect(
    transport.receive(requestView({ cookie: 'x-session=abc; __Host-sid=abc' })).tokens,
  ).toEqual([]);
});

test('a request that is not secure gets its token all the same', () => {
  expect(headerTransport('x-session').receive(requestView({}, false)).refusal).toBeUndefined();
});

test.each([
  '',
  'x session',
  'x-session:',
  'x\r\ny',
  'x-s\u00e9ssion',
  'cookie',
  'Cookie',
  'Set-Cookie',
  'Content-Length',
  'host',
  'Vary',
  { name: 'x-session' } as unknown as string,
  undefined as unknown as string,
])('S-25: %j cannot carry a token', (name) => {
  expect(() => headerTransport(name)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
});
