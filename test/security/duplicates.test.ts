import { describe, expect, test } from 'vitest';
import { createSessions, type SessionOptions } from '../../src/index.js';
import { createToken } from '../../src/keys/token.js';
import { memoryStore } from '../../src/stores/memory.js';
import { setCookies } from '../visitor.js';

const SECRET = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';

async function shop(options: Omit<SessionOptions, 'store'>) {
  const sessions = createSessions<{ name: string }>({ store: memoryStore(), ...options });
  const rejected: string[] = [];
  sessions.on('rejected', ({ reason }) => rejected.push(reason));

  /** The cookie pair of a new session that holds `name`. */
  async function cookieOf(name: string): Promise<string> {
    const session = await sessions.open({}, { secure: true });
    session.set('name', name);
    return setCookies(await sessions.commit(session))[0]?.split(';')[0] ?? '';
  }

  /** Whose session a request with these cookies gets, in each order of them. */
  async function namesFrom(...cookies: string[]): Promise<(string | undefined)[]> {
    const names: (string | undefined)[] = [];
    for (const order of [cookies, cookies.toReversed()]) {
      const session = await sessions.open({ cookie: order.join('; ') }, { secure: true });
      names.push(session.get('name'));
    }
    return names;
  }

  return { cookieOf, namesFrom, rejected };
}

const NOBODY = [undefined, undefined];

describe.each([
  ['without a secret', {}],
  ['with a secret', { secret: SECRET }],
])('S-27: two cookies of the name, %s', (_, options) => {
  test.each([
    ['__Host-sid', {}],
    ['__HOST-id', { name: '__HOST-id' }],
    ['__Host-Http-id', { name: '__Host-Http-id' }],
  ])(
    '%s: more than one value is an attack, also when only one of them verifies',
    async (name, cookie) => {
      const { cookieOf, namesFrom, rejected } = await shop({ ...options, cookie });
      const alice = await cookieOf('alice');
      expect(await namesFrom(alice)).toEqual(['alice', 'alice']);
      expect(rejected).toEqual([]);
      for (const other of [`${name}=`, `${name}=x`, `${name}=${createToken()}`]) {
        expect(await namesFrom(alice, other)).toEqual(NOBODY);
        expect(rejected.splice(0)).toEqual(['duplicate', 'duplicate']);
      }
      expect(await namesFrom(alice, await cookieOf('mallory'))).toEqual(NOBODY);
    },
  );

  test.each([
    ['id', { name: 'id' }],
    ['__Secure-sid', { domain: 'example.com' }],
  ])('%s: the session is used when exactly one of them verifies', async (name, cookie) => {
    const { cookieOf, namesFrom, rejected } = await shop({ ...options, cookie });
    const alice = await cookieOf('alice');
    for (const other of [`${name}=`, `${name}=x`, `${name}=${createToken()}`])
      expect(await namesFrom(alice, other)).toEqual(['alice', 'alice']);
    expect(await namesFrom(alice, `${name}=x`, `${name}=y`)).toEqual(['alice', 'alice']);
    expect(rejected).not.toContain('duplicate');

    // Nobody knows which of two that verify is the visitor's own.
    const mallory = await cookieOf('mallory');
    expect(await namesFrom(alice, mallory)).toEqual(NOBODY);
    expect(await namesFrom(alice, mallory, `${name}=x`)).toEqual(NOBODY);
    expect(await namesFrom(`${name}=x`, `${name}=y`)).toEqual(NOBODY);
    expect(rejected).toContain('duplicate');
  });
});
