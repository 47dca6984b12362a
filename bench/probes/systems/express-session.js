import { promisify } from 'node:util';
import express from 'express';
import session from 'express-session';
import { answer, listen } from './app.js';

/** As its README recommends, behind a proxy that ends TLS. @type {import('./app.js').Start} */
export async function start(deadlines) {
  const store = new session.MemoryStore();
  const app = express();
  app.set('trust proxy', 1);
  app.use(
    session({
      store,
      secret: 'a secret for the probes only, long enough',
      resave: false,
      saveUninitialized: false,
      // It has no limit for the whole life of a session.
      rolling: true,
      cookie: { secure: true, ...(deadlines && { maxAge: deadlines.idle }) },
    }),
  );
  app.use((request, response, next) => {
    const of = () => /** @type {any} */ (request).session;
    answer(request.url, {
      user: () => of().user,
      data() {
        const { cookie, user, ...data } = of();
        return data;
      },
      set(key, value) {
        of()[key] = value;
      },
      // The login of its README.
      async login(user) {
        await promisify(of().regenerate).call(of());
        of().user = user;
        await promisify(of().save).call(of());
      },
      logout: () => promisify(of().destroy).call(of()),
    }).then(({ status, body }) => response.status(status).json(body), next);
  });
  const { origin, close } = await listen(app);
  return { origin, kept: async () => JSON.stringify(store.sessions), close };
}
