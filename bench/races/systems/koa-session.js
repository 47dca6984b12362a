import Koa from 'koa';
import session from 'koa-session';

/** @type {import('../systems.js').Start} */
export async function start({ answer }) {
  /** @type {Map<string, string>} */
  const records = new Map();
  const app = new Koa();
  app.keys = ['a key for the races only'];
  app.use(
    session(
      {
        store: {
          get: async (/** @type {string} */ id) => JSON.parse(records.get(id) ?? 'null'),
          set: async (/** @type {string} */ id, /** @type {object} */ data) =>
            records.set(id, JSON.stringify(data)),
          destroy: async (/** @type {string} */ id) => records.delete(id),
        },
      },
      app,
    ),
  );
  app.use(async (/** @type {any} */ context) => {
    context.body = await answer(context.url, {
      data: () => context.session.toJSON(),
      user: () => context.session.user,
      set(key) {
        context.session[key] = 1;
      },
      increment(key) {
        context.session[key] = (context.session[key] ?? 0) + 1;
      },
      async login(user) {
        context.session.user = user;
        await context.session.regenerate();
      },
      regenerate: () => context.session.regenerate(),
      logout() {
        context.session = null;
      },
    });
  });
  return { listener: app.callback() };
}
