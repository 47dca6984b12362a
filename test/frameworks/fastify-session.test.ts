import cookies, { Signer } from '@fastify/cookie';
import sessions, { type FastifySessionOptions, MemoryStore } from '@fastify/session';
import Fastify from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AnyConnectStore } from '../../src/bridges/connect.js';
import { fromFastifySession } from '../../src/bridges/fastify-session.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { connectStores } from '../bridges/connect-stores.js';
import { sharedServer } from '../servers.js';
import { ADA, movingSuite, type Shop } from './moving.js';

const SECRET = 'Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8';
const userId = ({ user }: Shop): string | undefined => user?.id;

/** A server of @fastify/session: `/login` signs ADA in. */
async function oldServer(options: FastifySessionOptions) {
  const app = Fastify();
  await app.register(cookies);
  await app.register(sessions, { saveUninitialized: false, ...options });
  app.get('/login', async (request) => {
    Object.assign(request.session, ADA);
    return {};
  });
  app.get('/', async (request) => request.session);
  await app.ready();
  return app;
}

const store = new MemoryStore();
const options = { secret: SECRET, store, cookie: { secure: false, maxAge: 86_400_000 } };

movingSuite({
  name: '@fastify/session',
  cookieName: 'sessionId',
  hasStore: true,
  expires: true,
  predecessor: () => fromFastifySession<Shop>({ ...options, store: store as never, userId }),
  serve: async () => (await oldServer(options)).routing,
});

type Given = Parameters<typeof fromFastifySession<Shop>>[0];

/** The user whom a server of ours finds behind the cookie of a login at the old server. */
async function userAfter(
  old: FastifySessionOptions,
  more: Partial<Given> = {},
): Promise<string | undefined> {
  const given = { ...old, cookie: { secure: false, ...old.cookie } };
  const app = await oldServer(given);
  onTestFinished(() => app.close());
  const { headers } = await app.inject('/login');
  const cookie = String(headers['set-cookie']).split(';', 1)[0] ?? '';
  const inherit = [fromFastifySession<Shop>({ ...(given as object as Given), userId, ...more })];
  const ours = createSessions<Shop>({ store: memoryStore({ warn: false }), inherit });
  ours.on('rejected', ({ reason }) => rejected.push(reason));
  return (await ours.open({ cookie }, { secure: true })).userId;
}

const rejected: string[] = [];

let spaces = 0;

for (const { name, server: serverName, open } of connectStores) {
  const server = serverName === undefined ? undefined : await sharedServer(serverName);
  const url = server?.available ? ((server as { url?: string }).url ?? '') : '';

  describe.skipIf(server?.available === false)(`@fastify/session over ${name}`, () => {
    test('a session leaves the store of old for ours', async () => {
      const { store: kept, close } = await open(`moving_${process.pid}_${++spaces}`, url);
      onTestFinished(close);
      const ids: string[] = [];
      const watched: AnyConnectStore = {
        get: (id, answer) => kept.get(id, answer),
        set: (id, session, answer) => kept.set(id, session, answer),
        destroy: (id, answer) => {
          ids.push(id);
          return kept.destroy(id, answer);
        },
      };
      expect(await userAfter({ secret: SECRET, store: kept as never }, { store: watched })).toBe(
        'ada',
      );
      expect(ids).toHaveLength(1);
      const found = await new Promise((resolve) =>
        kept.get(ids[0] ?? '', (_error?: unknown, session?: unknown) => resolve(session)),
      );
      expect(found ?? undefined).toBeUndefined();
    });
  });
}

const OLDER = 'an older one: Hd3Jf6Gc1Aq7Yx2LmPz0Vb5Ns9Rt4Wk8';

test.each<[string, Partial<FastifySessionOptions>]>([
  ['several secrets', { secret: [SECRET, OLDER] }],
  ['a signer', { secret: new Signer([SECRET, OLDER]) as never }],
  ['another algorithm', { algorithm: 'sha512' }],
  ['a prefix', { cookiePrefix: 's:' }],
  ['another name', { cookieName: 'shop' }],
])('cookies with %s', async (_, more) => {
  expect(await userAfter({ ...options, ...more })).toBe('ada');
});

test('an older secret opens what it signed; another secret, prefix or algorithm does not', async () => {
  const old = { secret: OLDER, store };
  expect(await userAfter(old, { secret: [SECRET, OLDER] })).toBe('ada');
  expect(await userAfter(old, { secret: SECRET })).toBeUndefined();
  expect(await userAfter(old, { cookiePrefix: 's:' })).toBeUndefined();
  expect(await userAfter(old, { algorithm: 'sha512' })).toBeUndefined();
});

test('a record that is damaged is nobody’s, and an event', async () => {
  const damaged: AnyConnectStore = {
    get: (_id, answer) => answer(null, { user: { id: 'ada' } }),
    set: () => undefined,
    destroy: () => undefined,
  };
  expect(await userAfter({ secret: SECRET, store }, { store: damaged })).toBeUndefined();
  expect(rejected).toEqual(['record']);
});

test.each([{}, { secret: SECRET }, { store }])('%o is refused at start', (wrong) => {
  expect(() => fromFastifySession(wrong as never)).toThrow(/needs secret and store/);
});
