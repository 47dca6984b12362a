import { getRequestListener } from '@hono/node-server';
import { useSession, useSessionStorage } from '@hono/session';
import { Hono } from 'hono';

/** @type {import('../systems.js').Start} */
export async function start({ store, answer }) {
  /** @type {Map<string, any>} */
  const records = new Map();
  const app = new Hono();
  if (store === 'Map') {
    app.use(
      useSessionStorage({
        get: (id) => structuredClone(records.get(id)) ?? null,
        set: (id, data) => void records.set(id, structuredClone(data)),
        delete: (id) => void records.delete(id),
      }),
    );
  }
  app.use(/** @type {any} */ (useSession({ secret: 'a secret for the races only, long enough' })));
  app.get('*', async (context) => {
    const session = /** @type {any} */ (context).get('session');
    const { pathname, search } = new URL(context.req.url);
    let data = (await session.get()) ?? {};
    /** @param {object} news */
    const update = (news) => {
      data = { ...data, ...news };
      return session.update(data);
    };
    const body = await answer(pathname + search, {
      data: () => data,
      user: () => data.user,
      set: (key) => update({ [key]: 1 }),
      increment: (key) => update({ [key]: (data[key] ?? 0) + 1 }),
      // It has no verb for a new id.
      login: (user) => update({ user }),
      logout: () => session.delete(),
    });
    return context.json(body);
  });
  return { listener: getRequestListener(app.fetch) };
}
