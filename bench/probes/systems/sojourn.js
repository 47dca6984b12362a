import { sessionListener } from '../../../dist/adapters/node.js';
import { sameOriginMiddleware } from '../../../dist/adapters/same-origin.js';
import { createSessions } from '../../../dist/index.js';
import { memoryStore } from '../../../dist/stores/memory.js';
import { answer, listen } from './app.js';

/** @type {import('./app.js').Start} */
export async function start(deadlines) {
  const store = memoryStore();
  const sessions = createSessions({
    store,
    trustProxy: true,
    ...(deadlines && { idleTimeout: deadlines.idle, lifetime: deadlines.lifetime }),
  });
  const sameOrigin = sameOriginMiddleware();
  const listener = sessionListener(sessions, async (request, response, session) => {
    const { status, body } = await answer(request.url ?? '', {
      user: () => session.userId,
      data: () => ({ ...session.all() }),
      set: (key, value) => session.set([key], value),
      login: (user) => session.login(user),
      logout: () => session.logout(),
      endUser: (user) => sessions.destroyUser(user),
      devices: async (user) => (await sessions.ofUser(user)).length,
    });
    response.statusCode = status;
    response.end(JSON.stringify(body));
  });
  const { origin, close } = await listen((request, response) =>
    sameOrigin(request, response, () => listener(request, response)),
  );
  return {
    origin,
    kept: async () => JSON.stringify((await store.list({ limit: 1000 })).entries),
    async close() {
      await close();
      await sessions.close();
    },
  };
}
