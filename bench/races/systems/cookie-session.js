import express from 'express';

/** Where the function is, by the name of the system. @type {Readonly<Record<string, string>>} */
const MODULES = {
  'cookie-session': 'cookie-session',
  'sojourn/cookie-session': '../../../dist/dialects/cookie-session.js',
};

/** @type {import('../systems.js').Start} */
export async function start({ system, answer }) {
  const { default: cookieSession } = await import(String(MODULES[system]));
  const app = express();
  app.use(cookieSession({ keys: ['a key for the races only'] }));
  app.use(async (/** @type {any} */ request, response) => {
    const { session } = request;
    response.json(
      await answer(request.url, {
        data: () => ({ ...session }),
        user: () => session.user,
        set(key) {
          session[key] = 1;
        },
        increment(key) {
          session[key] = (session[key] ?? 0) + 1;
        },
        // It has no token to renew: the cookie is the session.
        login(user) {
          session.user = user;
        },
        logout() {
          request.session = null;
        },
      }),
    );
  });
  return { listener: app };
}
