import { createRequire } from 'node:module';
import { join } from 'node:path';
import { getIronSession } from 'iron-session';
import { nextSessions } from '../../dist/adapters/next.js';
import { SECRET } from '../data.js';
import { builtOnce } from './built.js';

/** @import { Application, Framework } from './index.js' */

/** @typedef {(request: Request, functions: any) => Promise<Response>} Handle */

const folder = builtOnce('next', 'test/frameworks/next', ['next/dist/bin/next', 'build']);
/** @type {Map<string, Handle>} apps/next finds its handlers here. */
const handlers = new Map();
Object.assign(globalThis, { sojournBench: handlers });
/** @type {ReturnType<typeof start> | undefined} */
let started;

/** One server has all systems, each below a path of its own. */
async function start() {
  const load = createRequire(join(folder(), 'package.json'));
  process.env.NEXT_TELEMETRY_DISABLED = '1';
  const app = load('next')({ dev: false, dir: folder() });
  await app.prepare();
  return app.getRequestHandler();
}

/**
 * @param {(answer: (request: Request, session?: unknown) => Promise<Response>) => Handle} handlerOf
 * @returns {Application}
 */
const application = (handlerOf) => async (answer) => {
  const system = String(handlers.size);
  const handle = handlerOf(async (request, session) => {
    const body = await answer(request.url.replace(`/${system}/`, '/'), session);
    return new Response(body, { headers: { 'Content-Type': 'text/plain' } });
  });
  handlers.set(system, handle);
  started ??= start();
  const listener = await started;
  return {
    listener(request, response) {
      request.url = `/${system}${request.url}`;
      listener(request, response);
    },
  };
};

/** @type {Framework} */
export default {
  bare: application((answer) => answer),
  sojourn: (sessions) =>
    application((answer) => {
      /** @type {Handle | undefined} */
      let handle;
      return (request, functions) => {
        handle ??= handlerWith(nextSessions(sessions, functions));
        return handle(request, functions);
      };

      /** @param {import('../../dist/adapters/next.js').NextSessions} own */
      function handlerWith({ getSession, withSession }) {
        return withSession(async (/** @type {Request} */ request) =>
          answer(request, await getSession()),
        );
      }
    }),
  peers: {
    'iron-session': {
      verbs: {
        start(session, data) {
          Object.assign(session, data);
          return session.save();
        },
        read: (session) => session.views,
        write(session) {
          session.views++;
          return session.save();
        },
      },
      application: application((answer) => async (request, { cookies }) => {
        const options = { password: SECRET, cookieName: 'sid' };
        return answer(request, await getIronSession(await cookies(), options));
      }),
    },
  },
};
