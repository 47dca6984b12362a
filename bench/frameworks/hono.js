import { Hono } from 'hono';
import { MemoryStore, sessionMiddleware } from 'hono-sessions';
import { honoSession } from '../../dist/adapters/hono.js';
import { getSetVerbs } from '../systems/verbs.js';

/** @import { Application, Framework } from './index.js' */

/** @param {(app: any) => unknown} setUp @returns {Application} */
const application = (setUp) => async (answer) => {
  const app = new Hono();
  setUp(app);
  app.get('/*', async (/** @type {any} */ context) =>
    context.text(await answer(context.req.url, context.get('session'))),
  );
  return { fetch: async (request) => app.fetch(request) };
};

/** @type {Framework} */
export default {
  bare: application(() => undefined),
  sojourn: (sessions) => application((app) => app.use(honoSession(sessions))),
  peers: {
    'hono-sessions': {
      verbs: getSetVerbs,
      application: application((app) => app.use(sessionMiddleware({ store: new MemoryStore() }))),
    },
  },
};
