import { getIronSession } from 'iron-session';

const OPTIONS = {
  cookieName: 'iron',
  password: 'a password for the races only, long enough',
  cookieOptions: { secure: false },
};

/** @type {import('../systems.js').Start} */
export async function start({ answer }) {
  return {
    async listener(request, response) {
      const session = /** @type {any} */ (await getIronSession(request, response, OPTIONS));
      const body = await answer(request.url ?? '', {
        data: () => ({ ...session }),
        user: () => session.user,
        set(key) {
          session[key] = 1;
          return session.save();
        },
        increment(key) {
          session[key] = (session[key] ?? 0) + 1;
          return session.save();
        },
        // It has no token to renew: the cookie is the session.
        login(user) {
          session.user = user;
          return session.save();
        },
        logout: () => session.destroy(),
      });
      response.end(JSON.stringify(body));
    },
  };
}
