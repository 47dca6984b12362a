import { promisify } from 'node:util';
import express from 'express';
import session from 'express-session';

/** @type {import('../systems.js').Start} */
export async function start({ store: name, url, answer }) {
  const app = express();
  const store = name === 'connect-redis' ? await redisStore(url) : new session.MemoryStore();
  app.use(session({ store, secret: 'a secret for the races only', resave: false, saveUninitialized: false }));
  app.use(async (request, response) => {
    const of = () => /** @type {any} */ (request).session;
    const data = () => {
      const { cookie, ...rest } = of();
      return rest;
    };
    response.json(
      await answer(request.url, {
        data,
        user: () => of().user,
        set(key) {
          of()[key] = 1;
        },
        increment(key) {
          of()[key] = (of()[key] ?? 0) + 1;
        },
        async login(user) {
          const kept = data();
          await promisify(of().regenerate).call(of());
          Object.assign(of(), kept, { user });
        },
        logout: () => promisify(of().destroy).call(of()),
      }),
    );
  });
  return { listener: app };
}

/** @param {string} url */
async function redisStore(url) {
  const { RedisStore } = await import('connect-redis');
  const { createClient } = await import('redis');
  return new RedisStore({ client: await createClient({ url }).connect() });
}
