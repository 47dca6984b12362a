import { server as createServer } from '@hapi/hapi';
import yar from '@hapi/yar';
import { hapiSession } from '../../dist/adapters/hapi.js';
import { SECRET } from '../data.js';
import { getSetVerbs } from '../systems/verbs.js';

/** @import { Application, Framework } from './index.js' */

/**
 * @param {(server: any) => unknown} setUp
 * @param {(request: any) => unknown} sessionOf
 * @returns {Application}
 */
const application = (setUp, sessionOf) => async (answer) => {
  const server = createServer({ host: 'localhost' });
  await setUp(server);
  server.route({
    method: 'GET',
    path: '/{path*}',
    handler: (request) => answer(request.raw.req.url ?? '', sessionOf(request)),
  });
  await server.initialize();
  return {
    listener: (request, response) => void server.listener.emit('request', request, response),
  };
};

const nothing = () => undefined;

/** @type {Framework} */
export default {
  bare: application(nothing, nothing),
  sojourn: (sessions) =>
    application(
      (server) => server.register(hapiSession(sessions)),
      (request) => request.session,
    ),
  peers: {
    '@hapi/yar': {
      verbs: getSetVerbs,
      application: application(
        (server) =>
          server.register({
            plugin: yar,
            options: {
              maxCookieSize: 0,
              storeBlank: false,
              cookieOptions: { password: SECRET, isSecure: false },
            },
          }),
        (request) => request.yar,
      ),
    },
  },
};
