import { promisify } from 'node:util';
import { openRemoteStore } from '../../remote-stores.js';

const SECRET = 'a secret for the races only';
const RECOMMENDED = { secret: SECRET, resave: false, saveUninitialized: false };

/**
 * Express, its session function and what that is given, by the name of the system. @type
 * {Record<string, () => Promise<any>>}
 */
const SYSTEMS = {
  'express-session': async () => withExpress(await import('express-session')),
  'sojourn/express-session': async () =>
    withExpress(await import('../../../dist/dialects/express-session.js')),
  express3: async () => withExpress3(await importExpress3()),

  async 'sojourn/express3'() {
    const { default: express3 } = await import('../../../dist/dialects/express3.js');
    return withExpress3(express3(await importExpress3()));
  },
};

/** @type {Record<string, (session: any, url: string) => Promise<unknown>>} */
const STORES = {
  MemoryStore: async (session) => new session.MemoryStore(),

  async 'connect-redis'(_session, url) {
    const { RedisStore } = await import('connect-redis');
    const { createClient } = await import('redis');
    return new RedisStore({ client: await createClient({ url }).connect() });
  },
};

/** @type {import('../systems.js').Start} */
export async function start({ system, store: name, url, answer }) {
  const { express, session, options } = await /** @type {NonNullable<typeof SYSTEMS[string]>} */ (
    SYSTEMS[system]
  )();
  const store =
    STORES[name] === undefined
      ? (await openRemoteStore(name, url)).store
      : await STORES[name](session, url);
  const app = express();
  app.use(session({ store, ...options }));
  app.use((/** @type {any} */ request, /** @type {any} */ response, /** @type {any} */ next) => {
    answer(request.url, viewOf(request)).then((body) => response.json(body), next);
  });
  return { listener: app };
}

/** @param {any} request @returns {import('../shop.js').View} */
function viewOf(request) {
  const of = () => request.session;
  const data = () => {
    const { cookie, ...rest } = of();
    return rest;
  };
  return {
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
    async regenerate() {
      const kept = data();
      await promisify(of().regenerate).call(of());
      Object.assign(of(), kept);
    },
    logout: () => promisify(of().destroy).call(of()),
  };
}

/** @param {{ default: unknown }} module */
async function withExpress({ default: session }) {
  const { default: express } = await import('express');
  return { express, session, options: RECOMMENDED };
}

/** With its own defaults: it stores every session. @param {any} express */
async function withExpress3(express) {
  return { express, session: express.session, options: { secret: SECRET } };
}

/** @returns {Promise<any>} */
async function importExpress3() {
  return /** @type {any} */ (await import('express3')).default;
}
