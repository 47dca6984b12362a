import { node } from '@elysiajs/node';
import { Elysia } from 'elysia';
import { elysiaSession } from '../../dist/adapters/elysia.js';
import { SECRET } from '../data.js';

/** @import { Verbs } from '../systems/verbs.js' */
/** @import { Framework } from './index.js' */

/** @type {Verbs} For a cookie of Elysia, whose value may be an object. */
const cookieVerbs = {
  start(cookie, data) {
    cookie.value = data;
  },
  read: (cookie) => cookie.value.views,
  write(cookie) {
    cookie.value = { ...cookie.value, views: cookie.value.views + 1 };
  },
};

/** @param {any} app @returns {{ fetch: import('./index.js').Fetch }} */
const served = (app) => ({ fetch: (request) => app.handle(request) });

/** @type {Framework} Elysia reads which parts of its context the code of a handler names. */
export default {
  bare: async (answer) => {
    const app = new Elysia({ adapter: node() });
    return served(app.get('/*', ({ request }) => answer(request.url, undefined)));
  },
  sojourn: (sessions) => async (answer) => {
    const app = new Elysia({ adapter: node() }).use(elysiaSession(sessions));
    return served(app.get('/*', ({ request, session }) => answer(request.url, session)));
  },
  peers: {
    'signed cookie of Elysia': {
      verbs: cookieVerbs,
      async application(answer) {
        const cookie = { secrets: SECRET, sign: ['session'] };
        const app = new Elysia({ adapter: node(), cookie });
        return served(
          app.get('/*', ({ request, cookie: { session } }) => answer(request.url, session)),
        );
      },
    },
  },
};
