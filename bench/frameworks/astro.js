import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { astroSession } from '../../dist/adapters/astro.js';
import { builtOnce } from './built.js';

/** @import { Application, Framework } from './index.js' */

const folder = builtOnce('astro', 'test/frameworks/astro', [
  'astro/bin/astro.mjs',
  'build',
  '--silent',
]);

/**
 * @param {(context: any) => unknown} sessionOf
 * @param {(context: any, next: () => Promise<Response>) => unknown} [middleware]
 * @returns {Application}
 */
const application = (sessionOf, middleware) => async (answer) => {
  const { handler } = await import(pathToFileURL(join(folder(), 'dist/server/entry.mjs')).href);
  const locals = {
    middleware,
    answer: (/** @type {any} */ context) => answer(context.request.url, sessionOf(context)),
  };
  return {
    listener: (request, response) =>
      handler(request, response, () => response.writeHead(500).end(), { ...locals }),
  };
};

/** @type {Framework} */
export default {
  bare: application(() => undefined),
  sojourn: (sessions) => application(({ locals }) => locals.session, astroSession(sessions)),
  peers: {
    'Astro.session': {
      verbs: {
        start(session, data) {
          for (const [key, value] of Object.entries(data)) session.set(key, value);
        },
        read: (session) => session.get('views'),
        write: async (session) => session.set('views', (await session.get('views')) + 1),
      },
      application: application(({ session }) => session),
    },
  },
};
