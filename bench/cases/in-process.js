import { largeData, sampleData } from '../data.js';
import { FakeRequest, FakeResponse } from '../fakes.js';
import { BARE, cpuOf } from '../measure.js';
import { handWritten } from '../systems/floor.js';
import { cookieSessionSystem, direct, expressSessionOf, ironSessionDirect, koaSessionDirect, MemoryStore } from '../systems/peers.js';
import { inMemory, sealed, sojournDirect } from '../systems/sojourn.js';
import { noVerbs } from '../systems/verbs.js';

/** @import { Cell } from '../measure.js' */
/** @import { DirectSystem } from '../systems/types.js' */

/** @type {DirectSystem} */
const bare = {
  ...noVerbs,
  async serve(_request, response, act) {
    act(undefined);
    response.end('ok');
  },
};

/** @type {Record<string, () => DirectSystem>} */
const SYSTEMS = {
  [BARE]: () => bare,
  'sojourn memory': () => sojournDirect(inMemory()),
  'sojourn sealed': () => sojournDirect(sealed()),
  'express-session MemoryStore': () => direct(expressSessionOf(new MemoryStore())),
  'cookie-session': () => direct(cookieSessionSystem()),
  'koa-session Map': koaSessionDirect,
  'iron-session': ironSessionDirect,
  'hand-written Map': () => direct(handWritten()),
};

const NOT_IN_COOKIES = [BARE, 'sojourn memory', 'express-session MemoryStore', 'koa-session Map', 'hand-written Map'];

export const name = 'in process';
export const nameOfLarge = 'in process, 100 KB';

/** @returns {Promise<Cell[]>} */
export async function cells() {
  return (await Promise.all(Object.keys(SYSTEMS).map((system) => cellsOf(name, system, sampleData())))).flat();
}

/** @returns {Promise<Cell[]>} */
export async function cellsOfLarge() {
  return (await Promise.all(NOT_IN_COOKIES.map((system) => cellsOf(nameOfLarge, system, largeData())))).flat();
}

/**
 * @param {string} caseName
 * @param {string} system
 * @param {Record<string, unknown>} data
 * @returns {Promise<Cell[]>}
 */
async function cellsOf(caseName, system, data) {
  const { serve, start, read, write } = /** @type {() => DirectSystem} */ (SYSTEMS[system])();
  const first = new FakeResponse();
  await serve(new FakeRequest(undefined), first, (session) => start(session, data));
  const { cookie } = first;
  if (system !== BARE && cookie === '') throw new Error(`${system} gave no cookie`);
  await serve(new FakeRequest(cookie), new FakeResponse(), (session) => {
    if (system !== BARE && read(session) !== data.views) throw new Error(`${system} did not keep the session`);
  });
  return [
    ['read', read],
    ['write', write],
  ].map(([action, act]) => ({
    case: caseName,
    system,
    action: String(action),
    run: async (milliseconds) => ({
      cpuMicros: await cpuOf(() => serve(new FakeRequest(cookie), new FakeResponse(), /** @type {typeof read} */ (act)), milliseconds),
    }),
  }));
}
