// Three servers of Express 5, on the native API, on sealed cookies and on the API of
// express-session. Their handlers print all that a program can print of a session. The argument has
// the secret, and whether the native server logs tokens, which nobody should do.
import { inspect } from 'node:util';
import express from 'express';
import { sessionMiddleware } from '../../dist/adapters/express.js';
import { session as expressSession, MemoryStore } from '../../dist/dialects/express-session.js';
import { cookieSessions, createSessions } from '../../dist/index.js';
import { memoryStore } from '../../dist/stores/memory.js';

const { secret, logsTokens } = JSON.parse(process.argv[2] ?? '');
let isBroken = false;

/**
 * The store, which fails on demand.
 * @param {import('../../dist/index.js').SessionStore} store
 * @returns {import('../../dist/index.js').SessionStore}
 */
function breakable(store) {
  /**
   * @template {(...input: never[]) => Promise<unknown>} Call
   * @param {Call} call
   */
  const unlessBroken = (call) =>
    /** @type {Call} */ (
      async (...input) => {
        if (isBroken) throw new Error('the connection was lost');
        return call(...input);
      }
    );
  return {
    ...store,
    read: unlessBroken(store.read),
    update: unlessBroken(store.update),
    destroy: unlessBroken(store.destroy),
  };
}

/**
 * The same of a store of express-session.
 * @param {InstanceType<typeof MemoryStore>} store
 */
function breakableClassic(store) {
  const get = store.get.bind(store);
  store.get = (id, callback) =>
    isBroken ? callback(new Error('the connection was lost')) : get(id, callback);
  return store;
}

/**
 * @param {import('express').RequestHandler} middleware
 * @param {(app: import('express').Express) => void} addRoutes
 */
async function serve(middleware, addRoutes) {
  const app = express();
  app.post('/broken/:state', (request, response) => {
    isBroken = request.params.state === 'on';
    response.end();
  });
  app.use(middleware);
  app.get('/throw', () => {
    throw new Error('a handler failed');
  });
  addRoutes(app);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

/** @param {unknown[]} values */
function print(...values) {
  for (const value of values) {
    console.log(value);
    console.error(inspect(value, { depth: 10 }));
  }
}

/** @param {import('../../dist/index.js').Sessions<{ views: number }>} sessions */
function native(sessions) {
  sessions.on('rejected', ({ reason }) => console.log('rejected', reason));
  sessions.on('failed', ({ error }) => console.error(error));
  return serve(sessionMiddleware(sessions), (app) => {
    app.use((request, _response, next) => {
      if (logsTokens) console.log(`the cookies are ${request.headers.cookie}`);
      next();
    });
    app.get('/', async ({ session }, response) => {
      session.increment('views');
      const form = await session.csrfToken();
      print(session, sessions, session.trace());
      console.log(JSON.stringify(sessions), `${session}`);
      response.json({ form });
    });
    app.post('/login', async ({ session }, response) => {
      await session.login('ada');
      print(session);
      response.end();
    });
    app.post('/logout', async ({ session }, response) => {
      await session.logout();
      print(session, session.trace());
      response.end();
    });
  });
}

const ports = [
  await native(createSessions({ store: breakable(memoryStore()), secret, encrypt: true })),
  await native(createSessions({ store: cookieSessions(), secret })),
  await serve(
    expressSession({
      secret,
      store: breakableClassic(new MemoryStore()),
      resave: false,
      saveUninitialized: false,
    }),
    (app) => {
      app.get('/', (request, response) => {
        const session = /** @type {{ views?: number }} */ (
          /** @type {unknown} */ (request.session)
        );
        session.views = (session.views ?? 0) + 1;
        print(session);
        response.json({});
      });
      app.post('/login', (request, response, next) => {
        const { session } = /** @type {any} */ (request);
        session.regenerate((/** @type {unknown} */ error) => {
          if (error) return next(error);
          const { session } = /** @type {any} */ (request);
          session.user = 'ada';
          print(session);
          response.end();
        });
      });
      app.post('/logout', (request, response, next) => {
        const { session } = /** @type {any} */ (request);
        session.destroy((/** @type {unknown} */ error) => {
          print(session);
          error ? next(error) : response.end();
        });
      });
    },
  ),
];
process.send?.(ports);
