import cookie from '@fastify/cookie';
import session from '@fastify/session';
import Fastify from 'fastify';

/** @type {import('../systems.js').Start} */
export async function start({ answer }) {
  const app = Fastify();
  await app.register(cookie);
  await app.register(session, {
    secret: 'a secret for the races only, long enough',
    saveUninitialized: false,
    cookie: { secure: false },
  });
  app.get('/*', async (/** @type {any} */ request) => {
    const keys = () => Object.keys(request.session).filter((key) => key !== 'cookie');
    const data = () => Object.fromEntries(keys().map((key) => [key, request.session.get(key)]));
    return answer(request.url, {
      data,
      user: () => request.session.get('user'),
      set: (key) => request.session.set(key, 1),
      increment: (key) => request.session.set(key, (request.session.get(key) ?? 0) + 1),
      async login(user) {
        await request.session.regenerate(keys());
        request.session.set('user', user);
      },
      regenerate: () => request.session.regenerate(keys()),
      logout: () => request.session.destroy(),
    });
  });
  await app.ready();
  return { listener: app.routing };
}
