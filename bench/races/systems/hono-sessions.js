import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { MemoryStore, sessionMiddleware } from 'hono-sessions';

/** @type {import('../systems.js').Start} */
export async function start({ answer }) {
  const app = new Hono();
  app.use(
    sessionMiddleware({
      store: new MemoryStore(),
      encryptionKey: 'a password for the races only, long enough',
      cookieOptions: { path: '/', httpOnly: true },
    }),
  );
  app.get('*', async (context) => {
    const session = /** @type {any} */ (context).get('session');
    const { pathname, search } = new URL(context.req.url);
    const newId = () => /** @type {any} */ (context).set('session_key_rotation', true);
    const body = await answer(pathname + search, {
      data: () => {
        const entries = Object.entries(session.getCache()._data);
        return Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
      },
      user: () => session.get('user') ?? undefined,
      set: (key) => session.set(key, 1),
      increment: (key) => session.set(key, (session.get(key) ?? 0) + 1),
      login(user) {
        session.set('user', user);
        newId();
      },
      regenerate: newId,
      logout: () => session.deleteSession(),
    });
    return context.json(body);
  });
  return { listener: getRequestListener(app.fetch) };
}
