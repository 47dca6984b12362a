import polka from 'polka';
import { sessionMiddleware } from '../../dist/adapters/express.js';
import { besideExpressSession } from './express-session.js';

/** @import { Application, Framework } from './index.js' */

/** @param {any} [middleware] @returns {Application} */
const application = (middleware) => async (answer) => {
  const app = polka();
  if (middleware !== undefined) app.use(middleware);
  app.get('/*', async (/** @type {any} */ request, /** @type {any} */ response) => {
    response.end(await answer(request.url, request.session));
  });
  return { listener: (request, response) => app.handler(/** @type {any} */ (request), response) };
};

/** @type {Framework} */
export default {
  bare: application(),
  sojourn: (sessions) => application(sessionMiddleware(sessions)),
  peers: besideExpressSession(application),
};
