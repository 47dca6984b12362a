import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { CookieStore, MemoryStore, type Session, sessionMiddleware } from 'hono-sessions';
import { expect, test } from 'vitest';
import { fromHonoSessions } from '../../src/bridges/hono-sessions.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { ADA, movingSuite, type Shop } from './moving.js';

const encryptionKey = 'Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8';
type Options = Parameters<typeof sessionMiddleware>[0];

function oldApp(options: Options) {
  const app = new Hono<{ Variables: { session: Session<Shop & { note: string }> } }>();
  app.use('*', sessionMiddleware(options) as never);
  app.get('/login', (context) => {
    const session = context.get('session');
    session.set('user', ADA.user);
    session.set('cart', ADA.cart);
    return context.text('');
  });
  app.get('/flash', (context) => {
    context.get('session').flash('note', 'Welcome');
    return context.text('');
  });
  app.get('/', (context) => {
    const session = context.get('session');
    return context.json({ user: session.get('user'), cart: session.get('cart') });
  });
  return app;
}

const stores = { MemoryStore: new MemoryStore(), CookieStore: new CookieStore() };
const common: Omit<Options, 'store'> = {
  encryptionKey,
  expireAfterSeconds: 86_400,
  sessionCookieName: 'shop',
  cookieOptions: { path: '/', httpOnly: true },
};

for (const [name, store] of Object.entries(stores)) {
  const options = { ...common, store } as Options;
  movingSuite({
    name: `hono-sessions with ${name}`,
    cookieName: 'shop',
    hasStore: name === 'MemoryStore',
    expires: true,
    predecessor: () => fromHonoSessions<Shop>({ ...options, userId: ({ user }) => user?.id }),
    serve: () => getRequestListener(oldApp(options).fetch),
  });
}

/** The session of ours behind the cookie that a server of hono-sessions sets. */
async function sessionAfter(old: Options, more: object = {}, path = '/login') {
  const response = await oldApp(old).request(path);
  const cookie = response.headers.getSetCookie().at(-1)?.split(';', 1)[0];
  const inherit = [fromHonoSessions({ ...old, ...more })];
  const store = memoryStore({ warn: false });
  const sessions = createSessions<Shop & { note: string }>({ store, inherit });
  return sessions.open({ cookie }, { secure: true });
}

test.each(Object.entries(stores))('%s: flash is there for the next request', async (_, store) => {
  const session = await sessionAfter({ ...common, store } as Options, {}, '/flash');
  expect(session.get('note')).toBe('Welcome');
});

test('an id in the cookie as it is, a key that is a function, a prefix', async () => {
  const store = new MemoryStore();
  expect((await sessionAfter({ store })).get('cart')).toEqual(ADA.cart);
  const asked = await sessionAfter({ ...common, store, encryptionKey: () => encryptionKey });
  expect(asked.get('cart')).toEqual(ADA.cart);
  const cookieOptions = { path: '/', secure: true, prefix: 'host' as const };
  const prefixed = await sessionAfter({ ...common, store, cookieOptions });
  expect(prefixed.get('cart')).toEqual(ADA.cart);
});

test('another key opens nothing', async () => {
  const other = { encryptionKey: `${encryptionKey}?` };
  for (const store of Object.values(stores))
    expect((await sessionAfter({ ...common, store } as Options, other)).isNew).toBe(true);
});

test.each([{}, { store: new CookieStore() }])('%o is refused at start', (wrong) => {
  expect(() => fromHonoSessions(wrong)).toThrow(/needs store or encryptionKey/);
});
