import { cookieData, largeData, sampleData } from '../data.js';
import { FakeRequest, FakeResponse } from '../fakes.js';
import { BARE, cpuOf, wantedOf } from '../measure.js';
import { handWritten } from '../systems/floor.js';
import {
  cookieSessionOf,
  direct,
  expressSessionOf,
  ironSessionDirect,
  koaSessionDirect,
  MemoryStore,
} from '../systems/peers.js';
import { compressed, inMemory, sealed, sojournDirect, withSchema } from '../systems/sojourn.js';
import { TELEMETRY } from '../systems/telemetry.js';
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
  'sojourn memory, a schema of Zod': () => sojournDirect(withSchema()),
  'sojourn sealed': () => sojournDirect(sealed()),
  'sojourn sealed, compressed': () => sojournDirect(compressed()),
  'express-session MemoryStore': () => direct(expressSessionOf(new MemoryStore())),
  'cookie-session': () => direct(cookieSessionOf()),
  'koa-session Map': koaSessionDirect,
  'iron-session': ironSessionDirect,
  'hand-written Map': () => direct(handWritten()),
  ...TELEMETRY,
};

/** So little is never compressed. */
const ALL = Object.keys(SYSTEMS).filter(
  (system) => system !== 'sojourn sealed, compressed' && !(system in TELEMETRY),
);
const IN_COOKIES = [
  BARE,
  'sojourn sealed',
  'sojourn sealed, compressed',
  'cookie-session',
  'iron-session',
];
const NOT_IN_COOKIES = [
  BARE,
  'sojourn memory',
  'express-session MemoryStore',
  'koa-session Map',
  'hand-written Map',
];

/**
 * @type {readonly { name: string, systems: readonly string[], data: Record<string, unknown> }[]}
 */
export const IN_PROCESS_CASES = [
  { name: 'in process', systems: ALL, data: sampleData() },
  { name: 'in process, 2 KB in a cookie', systems: IN_COOKIES, data: cookieData() },
  { name: 'in process, 100 KB', systems: NOT_IN_COOKIES, data: largeData() },
  {
    name: 'in process, telemetry',
    systems: [BARE, 'sojourn memory', ...Object.keys(TELEMETRY)],
    data: sampleData(),
  },
];

/** @type {import('../measure.js').OpenCase<typeof IN_PROCESS_CASES[number]>} */
export async function openInProcessCase({ name, systems, data }, isWanted) {
  const cells = (await Promise.all(systems.map((system) => cellsOf(name, system, data)))).flat();
  return { cells: wantedOf(cells, isWanted), close: async () => undefined };
}

/**
 * @param {string} name
 * @param {string} system
 * @param {Record<string, unknown>} data
 * @returns {Promise<Cell[]>}
 */
async function cellsOf(name, system, data) {
  const { serve, start, read, write } = /** @type {() => DirectSystem} */ (SYSTEMS[system])();
  const first = new FakeResponse();
  await serve(new FakeRequest(undefined), first, (session) => start(session, data));
  const { cookie } = first;
  const isSession = start !== noVerbs.start;
  if (isSession && cookie === '') throw new Error(`${system} gave no cookie`);
  await serve(new FakeRequest(cookie), new FakeResponse(), (session) => {
    if (isSession && read(session) !== data.views)
      throw new Error(`${system} did not keep the session`);
  });
  return [
    ['read', read],
    ['write', write],
  ].map(([action, act]) => ({
    case: name,
    system,
    action: String(action),
    run: async (milliseconds) => ({
      ...(await cpuOf(
        () => serve(new FakeRequest(cookie), new FakeResponse(), /** @type {typeof read} */ (act)),
        milliseconds,
      )),
      cookieBytes: cookie.length,
    }),
  }));
}
