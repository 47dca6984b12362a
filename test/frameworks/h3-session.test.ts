import { H3, toNodeHandler, useSession } from 'h3';
import * as version1 from 'h3v1';
import { expect, test } from 'vitest';
import { fromH3Session } from '../../src/bridges/h3-session.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { ADA, movingSuite, type Shop } from './moving.js';

const options = {
  name: 'shop',
  password: 'Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8',
  maxAge: 86_400,
  cookie: { secure: false },
};
const predecessor = () => fromH3Session<Shop>({ ...options, userId: ({ user }) => user?.id });
const common = { cookieName: options.name, expires: true, predecessor };

movingSuite({
  ...common,
  name: 'h3 2',
  serve() {
    const app = new H3();
    app.get('/**', async (event) => {
      const session = await useSession<Shop>(event, options);
      if (event.url.pathname === '/login') await session.update(ADA);
      return session.data;
    });
    return toNodeHandler(app) as never;
  },
});

movingSuite({
  ...common,
  name: 'h3 1',
  serve() {
    const app = version1.createApp();
    app.use(
      version1.eventHandler(async (event) => {
        const session = await version1.useSession<Shop>(event, options);
        if (event.path === '/login') await session.update(ADA);
        return session.data;
      }),
    );
    return version1.toNodeListener(app);
  },
});

/** The cookies that h3 2 sets for these data. */
async function cookiesOf(data: Shop, more: object = {}): Promise<string[]> {
  const app = new H3();
  app.get('/', async (event) => {
    await (await useSession<Shop>(event, { ...options, ...more })).update(data);
    return '';
  });
  const response = await app.request('/');
  return response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
}

test('a session in several cookies moves with all of them', async () => {
  const cart = Array.from({ length: 500 }, (_, n) => `article ${n}`);
  const cookies = await cookiesOf({ cart });
  expect(cookies.length).toBeGreaterThan(2);
  const inherit = [predecessor()];
  const sessions = createSessions<Shop>({ store: memoryStore({ warn: false }), inherit });
  const session = await sessions.open({ cookie: cookies.join('; ') }, { secure: true });
  expect(session.get('cart')).toEqual(cart);
  const answer = await sessions.commit(session);
  const removed = answer.cookies.filter(({ value }) => value === '').map(({ name }) => name);
  expect(removed).toEqual(cookies.map((cookie) => cookie.split('=', 1)[0]));
});

test('V-01: another seal of the same session is known too', async () => {
  const inherit = [predecessor()];
  const sessions = createSessions<Shop>({ store: memoryStore({ warn: false }), inherit });
  const app = new H3();
  app.get('/', async (event) => {
    const session = await useSession<Shop>(event, options);
    await session.update({ views: (session.data.views ?? 0) + 1 });
    return '';
  });
  const seal = async (cookie = ''): Promise<string> => {
    const response = await app.request('/', { headers: { cookie } });
    return response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  };
  const first = await seal();
  const second = await seal(first);
  expect(second).not.toBe(first);
  const session = await sessions.open({ cookie: second }, { secure: true });
  expect(session.get('views')).toBe(2);
  await session.logout();
  expect((await sessions.open({ cookie: first }, { secure: true })).get('views')).toBeUndefined();
});

test('idleTimeout ends a session that was not used', async () => {
  const [cookie] = await cookiesOf(ADA, { idleTimeout: 60 });
  const after = async (seconds: number) => {
    const now = (): number => Date.now() + seconds * 1000;
    const inherit = [fromH3Session<Shop>({ ...options, idleTimeout: 60 })];
    const sessions = createSessions<Shop>({
      now,
      store: memoryStore({ now, warn: false }),
      inherit,
    });
    return (await sessions.open({ cookie }, { secure: true })).get('cart');
  };
  expect([await after(50), await after(70)]).toEqual([ADA.cart, undefined]);
});

test('a password that is missing is refused at start', () => {
  expect(() => fromH3Session({} as never)).toThrow(/needs password/);
});
