import { FakeRequest, FakeResponse } from '../fakes.js';
import { BARE, costInBatches, wantedOf } from '../measure.js';
import { direct, expressSessionOf, MemoryStore } from '../systems/peers.js';
import { inMemory, sojournDirect } from '../systems/sojourn.js';

/** @import { Cell } from '../measure.js' */
/** @import { DirectSystem } from '../systems/types.js' */

const name = 'many changes in one request';
export const CHANGES_CASE = { name };

const number = (/** @type {number} */ index) => index;
/** 100 bytes of JSON. */
const object = (/** @type {number} */ index) => ({
  item: `product-${10_000 + index}`,
  note: 'x'.repeat(66),
});

const ACTIONS = {
  'push 20,000 numbers': { count: 20_000, value: number },
  'push 2,000 objects': { count: 2_000, value: object },
  'push 8,000 objects': { count: 8_000, value: object },
};

/**
 * @typedef {object} Subject
 * @property {() => DirectSystem['serve']} open with no session yet
 * @property {(session: any, count: number, value: (index: number) => unknown) => void} push
 * below one key, which it makes
 */

/** @type {Readonly<Record<string, Subject>>} */
const SYSTEMS = {
  [BARE]: {
    open: () => async (_request, response, act) => {
      act(undefined);
      response.end('ok');
    },
    push: () => undefined,
  },
  'sojourn memory': {
    open: () => sojournDirect(inMemory()).serve,
    push(session, count, value) {
      session.set('feed', { items: [] });
      for (let index = 0; index < count; index++) session.push('feed.items', value(index));
    },
  },
  'express-session MemoryStore': {
    open: () => direct(expressSessionOf(new MemoryStore())).serve,
    push(session, count, value) {
      session.feed = { items: [] };
      for (let index = 0; index < count; index++) session.feed.items.push(value(index));
    },
  },
};

/** @type {import('../measure.js').OpenCase<typeof CHANGES_CASE>} */
export async function openChangesCase(_case, isWanted) {
  const cells = Object.entries(SYSTEMS).flatMap(([system, subject]) => cellsOf(system, subject));
  return { cells: wantedOf(cells, isWanted), close: async () => undefined };
}

/** @param {string} system @param {Subject} subject @returns {Cell[]} */
function cellsOf(system, { open, push }) {
  return Object.entries(ACTIONS).map(([action, { count, value }]) => ({
    case: name,
    system,
    action,
    async run(milliseconds) {
      let serve = open();
      const { cpuMicros } = await costInBatches(
        {
          // One at a time; what the one before stored is let go.
          async before() {
            serve = open();
            return [''];
          },
          task: () =>
            serve(new FakeRequest(undefined), new FakeResponse(), (session) =>
              push(session, count, value),
            ),
        },
        milliseconds,
      );
      return { cpuMicros };
    },
  }));
}
