import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { h3v1Session } from '../../dist/adapters/h3v1.js';
import { SECRET } from '../data.js';
import { h3Verbs } from '../systems/verbs.js';
import { builtOnce } from './built.js';

/** @import { Application, Framework } from './index.js' */

const folder = builtOnce('nitro', 'test/frameworks', ['nitropack/dist/cli/index.mjs', 'build']);
let copies = 0;

/**
 * Each application is a copy of the built files, since Nitro has one app in a process.
 * @param {(h3App: any) => unknown} setUp
 * @param {(event: any, useSession: any) => unknown} sessionOf
 * @returns {Application}
 */
const application = (setUp, sessionOf) => async (answer) => {
  const copy = join(folder(), `copy-${++copies}`);
  cpSync(join(folder(), '.output/server'), copy, { recursive: true });
  const system = {
    setUp,
    answer: async (/** @type {any} */ event, /** @type {any} */ useSession) =>
      answer(event.path, await sessionOf(event, useSession)),
  };
  Object.assign(globalThis, { sojournBenchNitro: system });
  const { listener } = await import(pathToFileURL(join(copy, 'index.mjs')).href);
  return { listener };
};

const nothing = () => undefined;

/** @type {Framework} */
export default {
  bare: application(nothing, nothing),
  sojourn: (sessions) =>
    application(
      (h3App) => h3v1Session(h3App, sessions),
      ({ context }) => context.session,
    ),
  peers: {
    'h3 useSession': {
      verbs: h3Verbs,
      application: application(nothing, (event, useSession) =>
        useSession(event, { password: SECRET, cookie: { secure: false } }),
      ),
    },
  },
};
