import express from 'express';
import session, { MemoryStore, type SessionOptions } from 'express-session';
import { expect, onTestFinished, test } from 'vitest';
import { fromExpressSession } from '../../src/bridges/express-session.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { listen } from '../adapters/reply.js';
import { ADA, movingSuite, type Shop } from './moving.js';

const SECRET = 'Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8';
const OLDER = 'an older one: Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8';
const userId = ({ user }: Shop): string | undefined => user?.id;

/** A server of express-session: `/login` signs ADA in. */
function oldServer(options: SessionOptions) {
  const app = express();
  app.use(session({ resave: false, saveUninitialized: false, ...options }));
  app.get('/login', (request, response) => {
    Object.assign(request.session, ADA);
    response.json({});
  });
  app.get('/', (request, response) => void response.json(request.session));
  return app;
}

const store = new MemoryStore();
const options = { secret: SECRET, store, cookie: { maxAge: 86_400_000 } };

movingSuite({
  name: 'express-session',
  cookieName: 'connect.sid',
  hasStore: true,
  expires: true,
  predecessor: () => fromExpressSession<Shop>({ ...options, userId }),
  serve: async () => oldServer(options),
});

test('an older secret opens what it signed; another secret, name or form of the cookie does not', async () => {
  const { origin, stop } = await listen(oldServer({ ...options, secret: OLDER, name: 'shop' }));
  onTestFinished(stop);
  const { headers } = await fetch(`${origin}/login`);
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const userAfter = async (more: object, sent = cookie): Promise<string | undefined> => {
    const inherit = [fromExpressSession<Shop>({ ...options, name: 'shop', userId, ...more })];
    const ours = createSessions<Shop>({ store: memoryStore({ warn: false }), inherit });
    return (await ours.open({ cookie: sent }, { secure: true })).userId;
  };
  expect(await userAfter({ secret: SECRET })).toBeUndefined();
  expect(await userAfter({ secret: OLDER, name: 'connect.sid' })).toBeUndefined();
  expect(await userAfter({ secret: OLDER }, cookie.replace('s%3A', ''))).toBeUndefined();
  expect(await userAfter({ secret: [SECRET, OLDER] })).toBe('ada');
});

test.each([{}, { secret: SECRET }, { store }])('%o is refused at start', (wrong) => {
  expect(() => fromExpressSession(wrong as never)).toThrow(/needs secret and store/);
});
