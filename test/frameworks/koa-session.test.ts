import Keygrip from 'keygrip';
import Koa from 'koa';
import session, { type CreateSessionOptions } from 'koa-session';
import { expect, onTestFinished, test } from 'vitest';
import { fromKoaSession, type KoaStore } from '../../src/bridges/koa-session.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { listen } from '../adapters/reply.js';
import { ADA, movingSuite, type Shop } from './moving.js';

const KEYS = ['Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8', 'an older one'];

function oldApp(options: CreateSessionOptions, keys: Koa['keys'] = KEYS): Koa {
  const app = new Koa();
  app.keys = keys;
  app.use(session(options, app) as never);
  app.use(async (context) => {
    const visitor = context as unknown as { session: Shop };
    if (context.path === '/login') Object.assign(visitor.session, ADA);
    context.body = JSON.stringify(visitor.session);
  });
  return app;
}

const records = new Map<string, string>();
const store: KoaStore & NonNullable<CreateSessionOptions['store']> = {
  get: async (id: string) => JSON.parse(records.get(id) ?? 'null'),
  set: async (id: string, data: object) => void records.set(id, JSON.stringify(data)),
  destroy: async (id: string) => void records.delete(id),
};

for (const options of [{ key: 'shop' }, { key: 'shop', store }]) {
  const hasStore = 'store' in options;
  movingSuite({
    name: hasStore ? 'koa-session with a store' : 'koa-session',
    cookieName: 'shop',
    hasStore,
    expires: true,
    predecessor: () =>
      fromKoaSession<Shop>({ ...options, keys: KEYS, userId: ({ user }) => user?.id }),
    serve: () => oldApp(options).callback(),
  });
}

/** The session of ours behind the cookies of a login at a server of koa-session. */
async function sessionAfter(
  app: Koa,
  inherited: Parameters<typeof fromKoaSession<Shop>>[0],
  change: (cookie: string) => string = (cookie) => cookie,
) {
  const { origin, stop } = await listen(app.callback());
  onTestFinished(stop);
  const response = await fetch(`${origin}/login`);
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
  const inherit = [fromKoaSession<Shop>(inherited)];
  const sessions = createSessions<Shop>({ store: memoryStore({ warn: false }), inherit });
  return sessions.open({ cookie: cookies.map(change).join('; ') }, { secure: true });
}

test.each<[string, Koa['keys'], Parameters<typeof fromKoaSession>[0]['keys'], boolean]>([
  ['an older key', ['an older one'], KEYS, true],
  [
    'a Keygrip of another algorithm',
    new Keygrip(KEYS, 'sha256'),
    new Keygrip(KEYS, 'sha256'),
    true,
  ],
  ['another key', ['another'], KEYS, false],
  ['another algorithm', new Keygrip(KEYS, 'sha256'), KEYS, false],
])('%s', async (_, theirs, keys, isFound) => {
  const session = await sessionAfter(oldApp({}, theirs), { keys });
  expect(session.isNew).toBe(!isFound);
});

test('encode and decode of the app; a session that ends with the browser', async () => {
  const code = {
    encode: (session: object) => encodeURIComponent(JSON.stringify(session)),
    decode: (value: string) => JSON.parse(decodeURIComponent(value)),
  };
  const app = oldApp({ ...code, maxAge: 'session' });
  const session = await sessionAfter(app, { keys: KEYS, decode: code.decode });
  expect(session.all()).toEqual(ADA);
});

test('V-09: a signature of another cookie, or of none, opens nothing', async () => {
  const without = (cookie: string): string => (cookie.includes('.sig') ? 'x=1' : cookie);
  const renamed = (cookie: string): string => cookie.replace('koa.sess', 'shop');
  const app = oldApp({});
  expect((await sessionAfter(app, { keys: KEYS }, without)).isNew).toBe(true);
  expect((await sessionAfter(app, { keys: KEYS, key: 'shop' }, renamed)).isNew).toBe(true);
});

test.each([{}, { keys: [] }])('%o is refused at start', (wrong) => {
  expect(() => fromKoaSession(wrong as never)).toThrow(/needs keys/);
});
