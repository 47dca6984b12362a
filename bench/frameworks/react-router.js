import {
  createContext,
  createCookieSessionStorage,
  createMemorySessionStorage,
  createRequestHandler,
} from 'react-router';
import { sessionMiddleware } from '../../dist/adapters/react-router.js';
import { SECRET } from '../data.js';

/** @import { Verbs } from '../systems/verbs.js' */
/** @import { Application, Framework } from './index.js' */

/**
 * What `react-router build` makes of one route with a loader, and no page.
 * @param {unknown[]} middleware
 * @param {(given: any) => Promise<Response>} loader
 */
function handlerOf(middleware, loader) {
  const build = {
    entry: { module: { default: () => new Response(), handleError: () => undefined } },
    routes: {
      root: { id: 'root', path: '', module: { middleware } },
      all: { id: 'all', parentId: 'root', path: '*', module: { loader } },
    },
    assets: { entry: { imports: [], module: '' }, routes: {}, url: '', version: '' },
    basename: '/',
    publicPath: '/',
    assetsBuildDirectory: '',
    future: { v8_middleware: true },
    ssr: true,
    isSpaMode: false,
    prerender: [],
    routeDiscovery: { mode: 'initial', manifestPath: '/__manifest' },
  };
  const handle = createRequestHandler(/** @type {any} */ (build), 'production');
  return { fetch: (/** @type {Request} */ request) => handle(request) };
}

/**
 * A session storage of React Router; its handlers commit the session that they changed.
 * @param {import('react-router').SessionStorage} storage
 * @returns {{ verbs: Verbs, application: Application }}
 */
function besideStorage({ getSession, commitSession }) {
  return {
    verbs: {
      start(visit, data) {
        for (const [key, value] of Object.entries(data)) visit.session.set(key, value);
        visit.isChanged = true;
      },
      read: ({ session }) => session.get('views'),
      write(visit) {
        visit.session.set('views', visit.session.get('views') + 1);
        visit.isChanged = true;
      },
    },
    application: async (answer) =>
      handlerOf([], async ({ request }) => {
        const session = await getSession(request.headers.get('Cookie'));
        const visit = { session, isChanged: false };
        const body = await answer(request.url, visit);
        if (!visit.isChanged) return new Response(body);
        return new Response(body, { headers: { 'Set-Cookie': await commitSession(session) } });
      }),
  };
}

const cookie = { name: '__session', secrets: [SECRET], path: '/', httpOnly: true };

/** @type {Framework} */
export default {
  bare: async (answer) =>
    handlerOf([], async ({ request }) => new Response(await answer(request.url, undefined))),
  sojourn: (sessions) => async (answer) => {
    const sessionContext = createContext();
    return handlerOf(
      [sessionMiddleware(sessions, sessionContext)],
      async ({ request, context }) =>
        new Response(await answer(request.url, context.get(sessionContext))),
    );
  },
  peers: {
    createMemorySessionStorage: besideStorage(createMemorySessionStorage({ cookie })),
    createCookieSessionStorage: besideStorage(createCookieSessionStorage({ cookie })),
  },
};
