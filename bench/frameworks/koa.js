import Koa from 'koa';
import koaPeer from 'koa-session';
import { koaSession } from '../../dist/adapters/koa.js';
import { SECRET } from '../data.js';
import { plainVerbs } from '../systems/verbs.js';

/** @import { Application, Framework } from './index.js' */

/** @param {(app: any) => unknown} setUp @returns {Application} */
const application = (setUp) => async (answer) => {
  const app = new Koa();
  app.keys = [SECRET];
  setUp(app);
  app.use(async (/** @type {any} */ context) => {
    context.body = await answer(context.url, context.session);
  });
  return { listener: app.callback() };
};

/** A store of koa-session in a Map. */
function mapStore() {
  /** @type {Map<string, string>} */
  const records = new Map();
  return {
    get: async (/** @type {string} */ id) => JSON.parse(records.get(id) ?? 'null'),
    set: async (/** @type {string} */ id, /** @type {object} */ data) =>
      records.set(id, JSON.stringify(data)),
    destroy: async (/** @type {string} */ id) => records.delete(id),
  };
}

/** @type {Framework} */
export default {
  bare: application(() => undefined),
  sojourn: (sessions) => application((app) => app.use(koaSession(sessions))),
  peers: {
    'koa-session': {
      verbs: plainVerbs,
      application: application((app) => app.use(koaPeer({ store: mapStore() }, app))),
    },
  },
};
