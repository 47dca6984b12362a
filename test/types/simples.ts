// Compiled by `npm run check`, never run: each @ts-expect-error must be an error.
import simples from 'simples';
import { fromSimples, toSimples } from '../../src/bridges/simples.js';
import {
  SimplesSession,
  sessionMiddleware,
  simplesSessions,
  store,
} from '../../src/dialects/simples.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';

const texts = new Map<string, string>();
const implementation = {
  get: async (id: string) => JSON.parse(texts.get(id) ?? 'null'),
  set: async (id: string, session: object, _timeout: number) =>
    void texts.set(id, JSON.stringify(session)),
  remove: async (id: string) => texts.delete(id),
};

// simpleS's own types, without a cast.
const server = simples();
const sessions = simplesSessions({ store: store(implementation), timeout: '30m' });
server.use(sessionMiddleware(sessions));
server.use(
  sessionMiddleware(sessions, {
    enabled: ({ request }) => request.headers.authorization !== undefined,
  }),
);
server.session({ enabled: true, store: toSimples(memoryStore()) });
server.session({ enabled: true, store: simples.store(toSimples(memoryStore())) });

createSessions({ store: fromSimples(implementation) });
createSessions({
  store: fromSimples({ ...implementation, update: async (_id, _timeout) => undefined }),
});
simplesSessions({ store: memoryStore() });
simplesSessions();

const session = new SimplesSession(await sessions.open({}), sessions);
export const map: Map<string, unknown> = session;
export const loaded: Promise<SimplesSession> = session.load();
export const size: number = (await session.set('count', 5).save()).size;

// @ts-expect-error update alone may be left out
fromSimples({ get: implementation.get, set: implementation.set });
// @ts-expect-error promises are needed
store({ ...implementation, get: () => ({}) });
// @ts-expect-error timeout says how long
simplesSessions({ idleTimeout: '1h' });
// @ts-expect-error the cookie's name is _session
simplesSessions({ cookie: { name: 'sid' } });
// @ts-expect-error the id is not chosen by the application
session.id = 'mine';
