import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sveltekitSession } from '../../dist/adapters/sveltekit.js';
import { SECRET } from '../data.js';
// Its package exports itself to bundlers alone.
import {
  MemoryStore,
  sveltekitSessionHandle,
} from '../node_modules/svelte-kit-sessions/dist/index.js';
import { builtOnce } from './built.js';

/** @import { Application, Framework } from './index.js' */

const folder = builtOnce('sveltekit', 'test/frameworks/sveltekit', ['vite/bin/vite.js', 'build']);

/** @param {(input: any) => unknown} handle @returns {Application} */
const application = (handle) => async (answer) => {
  const { server } = await import(pathToFileURL(join(folder(), 'build/instance.js')).href);
  await server.init({ env: {} });
  const given = { platform: { handle, answer }, getClientAddress: () => '127.0.0.1' };
  return { fetch: (request) => server.respond(request, given) };
};

/** @type {Framework} */
export default {
  bare: application(({ event, resolve }) => resolve(event)),
  sojourn: (sessions) => application(sveltekitSession(sessions)),
  peers: {
    'svelte-kit-sessions': {
      verbs: {
        async start(session, data) {
          await session.setData(data);
          await session.save();
        },
        read: (session) => session.data.views,
        async write(session) {
          await session.setData({ ...session.data, views: session.data.views + 1 });
          await session.save();
        },
      },
      application: application(
        sveltekitSessionHandle({ secret: SECRET, store: new MemoryStore() }),
      ),
    },
  },
};
