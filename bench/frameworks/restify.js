import { createServer } from 'restify';
import { sessionMiddleware } from '../../dist/adapters/express.js';
import { besideExpressSession } from './express-session.js';

/** @import { Application, Framework } from './index.js' */

/** @param {any} [middleware] @returns {Application} */
const application = (middleware) => async (answer) => {
  const app = createServer();
  if (middleware !== undefined) app.use(middleware);
  app.get('/*', async (/** @type {any} */ request, /** @type {any} */ response) => {
    response.sendRaw(await answer(request.url, request.session));
  });
  return {
    listener: (request, response) => void app.server.emit('request', request, response),
  };
};

/** @type {Framework} */
export default {
  bare: application(),
  sojourn: (sessions) => application(sessionMiddleware(sessions)),
  peers: besideExpressSession(application),
};
