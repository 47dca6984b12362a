import fastifyCookie from '@fastify/cookie';
import peer from '@fastify/session';
import Fastify from 'fastify';
import { fastifySession } from '../../dist/adapters/fastify.js';
import { SECRET } from '../data.js';
import { getSetVerbs } from '../systems/verbs.js';

/** @import { Application, Framework } from './index.js' */

/** @param {(app: any) => unknown} setUp @returns {Application} */
const application = (setUp) => async (answer) => {
  const app = Fastify();
  await setUp(app);
  app.get('/*', (/** @type {any} */ request) => answer(request.url, request.session));
  await app.ready();
  return { listener: app.routing };
};

/** @type {Framework} */
export default {
  bare: application(() => undefined),
  sojourn: (sessions) => application((app) => app.register(fastifySession, { sessions })),
  peers: {
    '@fastify/session': {
      verbs: getSetVerbs,
      application: application(async (app) => {
        await app.register(fastifyCookie);
        await app.register(peer, {
          secret: SECRET,
          saveUninitialized: false,
          cookie: { secure: false },
        });
      }),
    },
  },
};
