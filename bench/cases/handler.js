import { sessionHandler } from '../../dist/adapters/fetch.js';
import { createSessions } from '../../dist/index.js';
import { absenceOf, FRAMEWORKS, loadFramework } from '../frameworks/index.js';
import { cookieOf, inProcess } from '../http/in-process.js';
import { ACTIONS, actsOf, listenerOf } from '../http/listener.js';
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

const OURS = 'sojourn memory';
const ON_NODE = [
  BARE,
  OURS,
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
  [OURS]: () => sojournFetch(inMemory()),
  'sojourn sealed': () => sojournFetch(sealed()),
  'iron-session': ironSessionFetch,
};

/**
 * What one request costs inside the handler of an adapter, by the framework.
 * @typedef {object} HandlerCase
 * @property {string} name
 * @property {readonly string[]} systems
 * @property {(system: string) => Promise<Serve>} open
 * @property {string | undefined} [reason] why nothing of it can run here
 */

/** @type {readonly HandlerCase[]} */
export const HANDLER_CASES = [
  { name: 'handler node', systems: [...ON_NODE, 'iron-session'], open: onNode('node') },
  { name: 'handler express', systems: ON_NODE, open: onNode('express') },
  { name: 'handler fetch', systems: Object.keys(ON_FETCH), open: onFetch },
  ...Object.entries(FRAMEWORKS).map(([framework, { peers }]) => ({
    name: `handler ${framework}`,
    systems: [BARE, OURS, ...peers],
    open: onFramework(framework),
    reason: absenceOf(framework),
  })),
];

/** @type {import('../measure.js').OpenCase<HandlerCase>} */
export async function openHandlerCase({ name, systems, open, reason }, isWanted) {
  const isUsed = ({ action = '' }, system = '') => system === BARE || isWanted(system, action);
  const close = async () => undefined;
  if (!systems.some((system) => ACTIONS.some(({ action }) => isWanted(system, action))))
    return { cells: [], close };
  if (reason !== undefined) {
    const absent = systems
      .filter((system) => system !== BARE)
      .map((system) => ({ system, reason }));
    return { cells: [], absent, close };
  }
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
  return { cells: wantedOf(cells, isWanted), close };
}

/** @param {string} framework @returns {HandlerCase['open']} */
function onNode(framework) {
  return async (name) => {
    const system = await SYSTEMS[name]?.({ directory: '', url: '' });
    if (system === undefined) throw new Error(`There is no system '${name}'`);
    const request = inProcess(listenerOf(framework, name, system));
    return async (action, cookie) => answered(await request(`/${action}`, cookie), name, action);
  };
}

/** @param {string} framework @returns {HandlerCase['open']} */
function onFramework(framework) {
  return async (name) => {
    const { verbs, application } = systemOf(await loadFramework(framework), name);
    const acts = actsOf(verbs);
    const opened = await application(async (url, session) => {
      await acts[url.slice(url.lastIndexOf('/'))]?.(session);
      return 'ok';
    });
    if ('fetch' in opened) return (action, cookie) => fetched(opened.fetch, action, cookie);
    const request = inProcess(opened.listener);
    return async (action, cookie) => answered(await request(`/${action}`, cookie), name, action);
  };
}

/** @param {import('../frameworks/index.js').Framework} framework @param {string} name */
function systemOf({ bare, sojourn, peers }, name) {
  if (name === BARE) return { verbs: noVerbs, application: bare };
  const ours = { verbs: sojournVerbs, application: sojourn(createSessions(inMemory())) };
  const system = name === OURS ? ours : peers[name];
  if (system === undefined) throw new Error(`There is no system '${name}'`);
  return system;
}

/**
 * @param {(request: Request) => Promise<Response> | Response} fetch
 * @param {string} action
 * @param {string | undefined} cookie
 */
async function fetched(fetch, action, cookie) {
  const headers = cookie === undefined ? {} : { cookie };
  const response = await fetch(new Request(`https://localhost/${action}`, { headers }));
  // As a server would: a copied body may cost more to read.
  if ((await response.text()) !== 'ok') throw new Error(`No answer to ${action}`);
  return response.headers.getSetCookie();
}

/**
 * The cookies matter once: reading them costs something.
 * @param {{ statusCode: number, cookies: () => string[] }} response
 * @param {string} name
 * @param {string} action
 */
function answered({ statusCode, cookies }, name, action) {
  if (statusCode !== 200) throw new Error(`${name}: status ${statusCode}`);
  return action === 'start' ? cookies() : [];
}

/** @param {string} name @returns {Promise<Serve>} */
async function onFetch(name) {
  const { handler, start, read, write } = /** @type {() => FetchSystem} */ (ON_FETCH[name])();
  const acts = actsOf({ start, read, write });
  const handlers = new Map(Object.entries(acts).map(([path, act]) => [path, handler(act)]));
  return (action, cookie) =>
    fetched((request) => handlers.get(`/${action}`)?.(request) ?? new Response(), action, cookie);
}
