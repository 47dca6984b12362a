import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import * as version8 from 'iron-session8';
import { describe, expect, test } from 'vitest';
import { fromIronSession } from '../../src/bridges/iron-session.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { ADA, movingSuite, type Shop } from './moving.js';

const PASSWORD = 'Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8';
const OLD_PASSWORD = 'an older one: Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8';
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasVersion9 = major > 22 || (major === 22 && minor >= 13);

type IronSession = Pick<typeof version8, 'getIronSession' | 'sealData'>;

/** Version 9 has no build for older Nodes. */
const versions: readonly (readonly [string, IronSession])[] = [
  ['iron-session 8', version8],
  ...(hasVersion9 ? [['iron-session 9', await import('iron-session')] as never] : []),
];

for (const [name, { getIronSession }] of versions) {
  const options = {
    cookieName: 'shop-session',
    password: PASSWORD,
    cookieOptions: { secure: false },
  };

  movingSuite({
    name,
    cookieName: options.cookieName,
    expires: true,
    predecessor: () => fromIronSession<Shop>({ ...options, userId: ({ user }) => user?.id }),
    serve: () => async (request: IncomingMessage, response: ServerResponse) => {
      const session = await getIronSession<Shop>(request, response, options);
      if (request.url === '/login') await Object.assign(session, ADA).save();
      response.end(JSON.stringify(session));
    },
  });
}

test.skipIf(hasVersion9)('iron-session 9 needs Node 22.13, so it is tested on Node 24', () => {
  expect(hasVersion9).toBe(false);
});

describe.each(versions)('%s', (_, { sealData }) => {
  const options = { cookieName: 'shop-session', password: PASSWORD };

  /** The data of the session that a server with these options finds behind a cookie. */
  async function dataBehind(
    cookie: string,
    more: Partial<Parameters<typeof fromIronSession>[0]> = {},
  ): Promise<object> {
    const inherit = [fromIronSession({ ...options, ...more })];
    const sessions = createSessions({ store: memoryStore({ warn: false }), inherit });
    return { ...(await sessions.open({ cookie }, { secure: true })).all() };
  }

  test('passwords by their ids: each opens what it sealed', async () => {
    const passwords = { 1: OLD_PASSWORD, 2: PASSWORD };
    for (const password of [{ 1: OLD_PASSWORD }, passwords]) {
      const cookie = `shop-session=${await sealData(ADA, { password })}`;
      expect(await dataBehind(cookie, { password: passwords })).toEqual(ADA);
      expect(await dataBehind(cookie, { password: { 3: PASSWORD } })).toEqual({});
    }
  });

  test('ttl: 0 never ends, a short one does', async () => {
    const forever = `shop-session=${await sealData(ADA, { password: PASSWORD, ttl: 0 })}`;
    expect(await dataBehind(forever)).toEqual(ADA);
    const past = `shop-session=${await sealData(ADA, { password: PASSWORD, ttl: -61 })}`;
    expect(await dataBehind(past)).toEqual({});
    const skewed = `shop-session=${await sealData(ADA, { password: PASSWORD, ttl: -50 })}`;
    expect(await dataBehind(skewed)).toEqual(ADA);
  });

  test('V-01: the mark of the version, which nobody signed, makes no second session', async () => {
    const seal = await sealData(ADA, { password: PASSWORD });
    const sessions = createSessions({
      store: memoryStore({ warn: false }),
      inherit: [fromIronSession(options)],
    });
    const open = (value: string) =>
      sessions.open({ cookie: `shop-session=${value}` }, { secure: true });
    const session = await open(seal);
    await session.logout();
    for (const value of [seal, seal.replace('~2', ''), seal.replace('~2', '~3'), `${seal}~~`])
      expect((await open(value)).get('cart')).toBeUndefined();
  });

  test('V-33: every changed character closes the seal', async () => {
    const seal = await sealData({ cart: ['tea'] }, { password: PASSWORD });
    const end = seal.lastIndexOf('~');
    for (let at = 0; at < end; at++) {
      const changed = seal.slice(0, at) + (seal[at] === 'A' ? 'B' : 'A') + seal.slice(at + 1);
      expect(await dataBehind(`shop-session=${changed}`)).toEqual({});
    }
  });

  test.each(['', '~2', '*******', 'Fe26.2*1*a*b*c**d*e~2', 'Fe26.2*__proto__*a*b*c**d*e', '%'])(
    'V-25: %j is nobody’s',
    async (value) => {
      expect(await dataBehind(`shop-session=${value}`)).toEqual({});
    },
  );
});

test.runIf(hasVersion9)('a session in several cookies moves with all of them', async () => {
  const { getIronSession, webCookies } = createRequire(import.meta.url)(
    'iron-session',
  ) as typeof import('iron-session');
  const options = { cookieName: 'shop-session', password: PASSWORD, chunk: true };
  const headers = new Headers();
  const jar = webCookies(new Request('https://shop.example/'), headers);
  const large = Array.from({ length: 500 }, (_, n) => `article ${n}`);
  const session = await getIronSession<Shop>(jar, options);
  session.cart = large;
  await session.save();
  const sent = headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
  expect(sent.length).toBeGreaterThan(2);

  const inherit = [fromIronSession(options)];
  const sessions = createSessions<Shop>({ store: memoryStore({ warn: false }), inherit });
  const ours = await sessions.open({ cookie: sent.join('; ') }, { secure: true });
  expect(ours.get('cart')).toEqual(large);
  const { cookies } = await sessions.commit(ours);
  expect(cookies.map(({ name, value }) => (value === '' ? `-${name}` : name))).toEqual([
    ...sent.map((cookie) => `-${cookie.split('=', 1)[0]}`),
    '__Host-sid',
  ]);
  const torn = sent.slice(0, -1).join('; ');
  expect((await sessions.open({ cookie: torn }, { secure: true })).get('cart')).toBeUndefined();
});

test.each([{}, { cookieName: 'a' }, { password: PASSWORD }, { cookieName: 'a', password: '' }])(
  '%o is refused at start',
  (options) => {
    expect(() => fromIronSession(options as never)).toThrow(/needs cookieName and password/);
  },
);
