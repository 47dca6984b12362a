import type { IncomingMessage, ServerResponse } from 'node:http';
import { createCookie, createCookieSessionStorage } from 'react-router';
import { expect, test } from 'vitest';
import { fromCookieSessionStorage } from '../../src/bridges/cookie-session-storage.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { ADA, movingSuite, type Shop } from './moving.js';

const SECRET = 'Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8';
const options = {
  cookie: { name: 'shop', secrets: [SECRET, 'an older one'], path: '/', httpOnly: true },
};

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasVersion8 = major > 22 || (major === 22 && minor >= 22);
type Create = typeof createCookieSessionStorage;

/** Version 8 has no build for older Nodes. */
const versions: readonly (readonly [string, Create])[] = [
  ['React Router 7', createCookieSessionStorage],
  ...(hasVersion8
    ? [['React Router 8', (await import('react-router8')).createCookieSessionStorage] as never]
    : []),
];

for (const [version, createStorage] of versions) {
  movingSuite({
    name: version,
    cookieName: 'shop',
    predecessor: () =>
      fromCookieSessionStorage<Shop>({ ...options, userId: ({ user }) => user?.id }),
    serve() {
      const storage = createStorage<Shop>(options);
      return async (request: IncomingMessage, response: ServerResponse) => {
        const session = await storage.getSession(request.headers.cookie);
        if (request.url === '/login') {
          session.set('user', ADA.user);
          session.set('cart', ADA.cart);
          response.setHeader('Set-Cookie', await storage.commitSession(session));
        }
        response.end(JSON.stringify(session.data));
      };
    },
  });
}

test.skipIf(hasVersion8)('React Router 8 needs Node 22.22, so it is tested on Node 24', () => {
  expect(hasVersion8).toBe(false);
});

interface Notes {
  note: string;
}

/** The session of ours behind a cookie of React Router with this data. */
async function sessionBehind(cookie: string, inherited = fromCookieSessionStorage(options)) {
  const store = memoryStore({ warn: false });
  const sessions = createSessions<Notes>({ store, inherit: [inherited] });
  return sessions.open({ cookie: cookie.split(';', 1)[0] }, { secure: true });
}

test('flash is there for the next request that reads it', async () => {
  const storage = createCookieSessionStorage<Notes>(options);
  const old = await storage.getSession();
  old.flash('note', 'Saved: ü 漢字');
  const session = await sessionBehind(await storage.commitSession(old));
  expect(session.get('note')).toBe('Saved: ü 漢字');
});

test('an older secret is accepted, another one is not', async () => {
  for (const [secret, note] of [
    ['an older one', 'Hello'],
    ['another', undefined],
  ] as const) {
    const storage = createCookieSessionStorage<Notes>({
      cookie: { name: 'shop', secrets: [secret] },
    });
    const old = await storage.getSession();
    old.set('note', 'Hello');
    expect((await sessionBehind(await storage.commitSession(old))).get('note')).toBe(note);
  }
});

test('V-09: what another cookie of the app holds is no session', async () => {
  const other = createCookie('shop', { secrets: [SECRET] });
  for (const value of ['text', 7, null, ['a']])
    expect((await sessionBehind(await other.serialize(value))).isNew).toBe(true);
});

test.each([{}, { cookie: {} }, { cookie: { secrets: [] } }])('%o is refused at start', (wrong) => {
  expect(() => fromCookieSessionStorage(wrong as never)).toThrow(/needs cookie.secrets/);
});
