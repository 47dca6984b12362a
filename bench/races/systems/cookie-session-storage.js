import { createCookieSessionStorage } from 'react-router';

/** @type {import('../systems.js').Start} */
export async function start({ answer }) {
  const { getSession, commitSession, destroySession } = createCookieSessionStorage({
    cookie: { name: '__session', secrets: ['a secret for the races only'], path: '/' },
  });
  return {
    async listener(request, response) {
      const session = /** @type {any} */ (await getSession(request.headers.cookie));
      const commit = async () => {
        response.setHeader('Set-Cookie', await commitSession(session));
      };
      /** @param {string} key @param {unknown} value */
      const set = (key, value) => {
        session.set(key, value);
        return commit();
      };
      const body = await answer(request.url ?? '', {
        data: () => ({ ...session.data }),
        user: () => session.get('user'),
        set: (key) => set(key, 1),
        increment: (key) => set(key, (session.get(key) ?? 0) + 1),
        // It has no token to renew: the cookie is the session.
        login: (user) => set('user', user),
        async logout() {
          response.setHeader('Set-Cookie', await destroySession(session));
        },
      });
      response.end(JSON.stringify(body));
    },
  };
}
