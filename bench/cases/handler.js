import { sessionHandler } from '../../dist/adapters/fetch.js';
import { createSessions } from '../../dist/index.js';
import { sampleData } from '../data.js';
import { cookieOf, inProcess } from '../http/in-process.js';
import { ACTIONS, listenerOf } from '../http/listener.js';
import { SYSTEMS } from '../http/systems.js';
import { BARE, cpuOf, wantedOf } from '../measure.js';
import { ironSessionFetch } from '../systems/peers.js';
import { inMemory, sealed } from '../systems/sojourn.js';
import { noVerbs, sojournVerbs } from '../systems/verbs.js';

/** @import { Cell } from '../measure.js' */
/** @import { FetchSystem } from '../systems/types.js' */

/**
 * One request of a visitor; gives the `Set-Cookie` lines of its response.
 * @typedef {(action: string, cookie: string | undefined) => Promise<readonly string[]>} Serve
 */

const ON_NODE = [
  BARE,
  'sojourn memory',
  'sojourn sealed',
  'sojourn/express-session MemoryStore',
  'express-session MemoryStore',
  'hand-written Map',
];

/** @param {import('../../dist/index.js').SessionOptions} options @returns {FetchSystem} */
function sojournFetch(options) {
  const sessions = createSessions(options);
  return {
    ...sojournVerbs,
    handler: (act) =>
      sessionHandler(sessions, (_request, session) => {
        act(session);
        return new Response('ok');
      }),
  };
}

/** @type {Readonly<Record<string, () => FetchSystem>>} */
const ON_FETCH = {
  [BARE]: () => ({ ...noVerbs, handler: () => async () => new Response('ok') }),
  'sojourn memory': () => sojournFetch(inMemory()),
  'sojourn sealed': () => sojournFetch(sealed()),
  'iron-session': ironSessionFetch,
};

/**
 * What one request costs inside the handler of an adapter, by the framework.
 * @typedef {object} HandlerCase
 * @property {string} name
 * @property {readonly string[]} systems
 * @property {(system: string) => Promise<Serve>} open
 */

/** @type {readonly HandlerCase[]} */
export const HANDLER_CASES = [
  { name: 'handler node', systems: [...ON_NODE, 'iron-session'], open: onNode('node') },
  { name: 'handler express', systems: ON_NODE, open: onNode('express') },
  { name: 'handler fetch', systems: Object.keys(ON_FETCH), open: onFetch },
];

/** @type {import('../measure.js').OpenCase<HandlerCase>} */
export async function openHandlerCase({ name, systems, open }, isWanted) {
  const isUsed = ({ action = '' }, system = '') => system === BARE || isWanted(system, action);
  /** @type {Cell[]} */
  const cells = [];
  for (const system of systems) {
    const wanted = ACTIONS.filter((one) => isUsed(one, system));
    if (wanted.length === 0) continue;
    const serve = await open(system);
    const cookie = cookieOf(await serve('start', undefined));
    if (system !== BARE && cookie === '') throw new Error(`${system} gave no cookie`);
    for (const { action, remember } of wanted) {
      const sent = remember ? cookie : undefined;
      const run = (/** @type {number} */ milliseconds) =>
        cpuOf(() => serve(action, sent), milliseconds);
      cells.push({ case: name, system, action, run });
    }
  }
  return { cells: wantedOf(cells, isWanted), close: async () => undefined };
}

/** @param {string} framework @returns {HandlerCase['open']} */
function onNode(framework) {
  return async (name) => {
    const system = await SYSTEMS[name]?.({ directory: '', url: '' });
    if (system === undefined) throw new Error(`There is no system '${name}'`);
    const request = inProcess(listenerOf(framework, name, system));
    return async (action, cookie) => {
      const response = await request(`/${action}`, cookie);
      if (response.statusCode !== 200) throw new Error(`${name}: status ${response.statusCode}`);
      return [response.getHeader('set-cookie') ?? []].flat().map(String);
    };
  };
}

/** @param {string} name @returns {Promise<Serve>} */
async function onFetch(name) {
  const { handler, start, read, write } = /** @type {() => FetchSystem} */ (ON_FETCH[name])();
  const begin = (/** @type {any} */ session) => start(session, sampleData());
  const acts = { start: begin, untouched: () => undefined, read, write, new: begin };
  const handlers = new Map(Object.entries(acts).map(([action, act]) => [action, handler(act)]));
  return async (action, cookie) => {
    const headers = cookie === undefined ? {} : { cookie };
    const request = new Request('https://localhost/', { headers });
    const response = await handlers.get(action)?.(request);
    // As a server would: a copied body may cost more to read.
    if ((await response?.text()) !== 'ok') throw new Error(`${name}: no answer`);
    return response?.headers.getSetCookie() ?? [];
  };
}
