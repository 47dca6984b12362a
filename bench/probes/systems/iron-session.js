import { getIronSession } from 'iron-session';
import { answer, listen } from './app.js';

/** @type {import('./app.js').Start} */
export async function start(deadlines) {
  const options = {
    cookieName: 'session',
    password: 'a password for the probes only, long enough',
    // In seconds.
    ...(deadlines && { ttl: Math.ceil(deadlines.idle / 1000) }),
  };
  return listen(async (request, response) => {
    const session = /** @type {any} */ (await getIronSession(request, response, options));
    try {
      const { status, body } = await answer(request.url ?? '', {
        user: () => session.user,
        data() {
          const { user, ...data } = session;
          return data;
        },
        set(key, value) {
          session[key] = value;
          return session.save();
        },
        login(user) {
          session.user = user;
          return session.save();
        },
        logout: () => session.destroy(),
      });
      response.statusCode = status;
      response.end(JSON.stringify(body));
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error));
    }
  });
}
