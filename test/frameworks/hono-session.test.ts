import { getRequestListener } from '@hono/node-server';
import { type SessionEnv, type Storage, useSession, useSessionStorage } from '@hono/session';
import { createEncryptionKey } from '@hono/session/cookies';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { fromHonoSession } from '../../src/bridges/hono-session.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { ADA, movingSuite, type Shop } from './moving.js';

const secret = 'Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8';
const records = new Map<string, Shop>();
const storage: Storage<Shop> = {
  get: (id) => records.get(id) ?? null,
  set: (id, data) => void records.set(id, data),
  delete: (id) => void records.delete(id),
};

function oldApp(kept?: Storage<Shop>, key: string | Uint8Array = secret) {
  const app = new Hono<SessionEnv<Record<string, unknown>>>();
  if (kept !== undefined) app.use(useSessionStorage(kept as never));
  app.use(useSession({ secret: key, duration: { absolute: 86_400 } }));
  app.get('/login', async (context) => {
    await context.var.session.update({ ...ADA });
    return context.text('');
  });
  app.get('/', async (context) => context.json((await context.var.session.get()) ?? {}));
  return app;
}

for (const kept of [undefined, storage]) {
  movingSuite({
    name: kept === undefined ? '@hono/session' : '@hono/session with a storage',
    cookieName: 'sid',
    hasStore: kept !== undefined,
    expires: true,
    predecessor: () =>
      fromHonoSession<Shop>({ secret, storage: kept, userId: ({ user }) => user?.id }),
    serve: () => getRequestListener(oldApp(kept).fetch),
  });
}

/** The session of ours behind a cookie of @hono/session, with this secret. */
async function sessionBehind(cookie: string | undefined, key: string | Uint8Array = secret) {
  const inherit = [fromHonoSession<Shop>({ secret: key })];
  const sessions = createSessions<Shop>({ store: memoryStore({ warn: false }), inherit });
  return sessions.open({ cookie }, { secure: true });
}

async function login(key: string | Uint8Array = secret): Promise<string | undefined> {
  const response = await oldApp(undefined, key).request('/login');
  return response.headers.getSetCookie()[0]?.split(';', 1)[0];
}

test('a key in place of a text; another secret opens nothing', async () => {
  const key = (await createEncryptionKey(secret)) as Uint8Array;
  expect((await sessionBehind(await login(key), key)).get('cart')).toEqual(ADA.cart);
  expect((await sessionBehind(await login(), key)).get('cart')).toEqual(ADA.cart);
  expect((await sessionBehind(await login(), `${secret}?`)).isNew).toBe(true);
});

test('V-08: a tag that was cut opens nothing', async () => {
  const cookie = (await login()) ?? '';
  const end = cookie.lastIndexOf('.') + 1;
  for (let length = 0; length < 22; length++)
    expect((await sessionBehind(cookie.slice(0, end + length))).isNew).toBe(true);
  expect((await sessionBehind(`${cookie}A`)).isNew).toBe(true);
  expect((await sessionBehind(`${cookie}.A`)).isNew).toBe(true);
});

test('a secret that is missing is refused at start', () => {
  expect(() => fromHonoSession({} as never)).toThrow(/needs secret/);
});
