import { H3, useSession } from 'h3';
import { h3Session } from '../../dist/adapters/h3.js';
import { SECRET } from '../data.js';
import { h3Verbs } from '../systems/verbs.js';

/** @import { Application, Framework } from './index.js' */

/**
 * @param {(app: any) => unknown} setUp
 * @param {(event: any) => unknown} sessionOf
 * @returns {Application}
 */
const application = (setUp, sessionOf) => async (answer) => {
  const app = new H3();
  setUp(app);
  app.get('/**', async (event) => answer(event.req.url, await sessionOf(event)));
  return { fetch: async (request) => app.fetch(request) };
};

const nothing = () => undefined;

/** @type {Framework} */
export default {
  bare: application(nothing, nothing),
  sojourn: (sessions) =>
    application(
      (app) => app.use(h3Session(sessions)),
      ({ context }) => context.session,
    ),
  peers: {
    'h3 useSession': {
      verbs: h3Verbs,
      application: application(nothing, (event) => useSession(event, { password: SECRET })),
    },
  },
};
