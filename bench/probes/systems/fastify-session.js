import cookie from '@fastify/cookie';
import session from '@fastify/session';
import Fastify from 'fastify';
import { answer, listen } from './app.js';

/** @type {import('./app.js').Start} */
export async function start(deadlines) {
  const app = Fastify({ trustProxy: true });
  const kept = new Map();
  await app.register(cookie);
  await app.register(session, {
    secret: 'a secret for the probes only, long enough',
    saveUninitialized: false,
    store: new session.MemoryStore(kept),
    ...(deadlines && { rolling: true, cookie: { maxAge: deadlines.idle } }),
  });
  app.all('/*', async (request, reply) => {
    const of = () => /** @type {any} */ (request.session);
    const keys = () => Object.keys(of()).filter((key) => key !== 'cookie');
    const { status, body } = await answer(request.url, {
      user: () => of().get('user'),
      data: () => Object.fromEntries(keys().map((key) => [key, of().get(key)])),
      set: (key, value) => of().set(key, value),
      async login(user) {
        await of().regenerate(keys());
        of().set('user', user);
      },
      logout: () => of().destroy(),
    });
    return reply.code(status).send(body);
  });
  await app.ready();
  const { origin, close } = await listen(app.routing);
  return {
    origin,
    kept: async () => JSON.stringify([...kept]),
    async close() {
      await close();
      await app.close();
    },
  };
}
