import { H3, toNodeHandler, useSession } from 'h3';

const KEY = { saltBits: 256, iterations: 1, minPasswordlength: 32 };
const OPTIONS = {
  password: 'a password for the races only, long enough',
  cookie: { secure: false },
  // As h3 1 derives its keys; version 2 does it 8,192 times, in each request more than once.
  seal: {
    encryption: { ...KEY, algorithm: /** @type {const} */ ('aes-256-cbc') },
    integrity: { ...KEY, algorithm: /** @type {const} */ ('sha256') },
  },
};

/** @type {import('../systems.js').Start} */
export async function start({ answer }) {
  const app = new H3();
  app.get('/**', async (event) => {
    const session = await useSession(event, OPTIONS);
    const data = () => /** @type {any} */ (session.data);
    return answer(event.url.pathname + event.url.search, {
      data: () => ({ ...data() }),
      user: () => data().user,
      set: (key) => session.update({ [key]: 1 }),
      increment: (key) => session.update({ [key]: (data()[key] ?? 0) + 1 }),
      // It has no token to renew: the cookie is the session.
      login: (user) => session.update({ user }),
      logout: () => session.clear(),
    });
  });
  return { listener: /** @type {any} */ (toNodeHandler(app)) };
}
