import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

const agent = new Agent({ keepAlive: true });
/** How long a guest, and a user, waits until the next request, in milliseconds. */
const GUEST_PAUSE = 20;
const USER_PAUSE = 50;
const TRIES = 100;

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} body
 * @property {string | undefined} cookie
 */

/**
 * @param {number} port
 * @param {string} method
 * @param {string} path
 * @param {string} [cookie]
 * @returns {Promise<Answer>}
 */
export function ask(port, method, path, cookie) {
  return new Promise((resolve, reject) => {
    const headers = cookie === undefined ? {} : { cookie };
    const sent = request({ agent, port, host: '127.0.0.1', method, path, headers }, (response) => {
      const [set] = response.headers['set-cookie'] ?? [];
      const status = response.statusCode ?? 0;
      text(response).then((body) => resolve({ status, body, cookie: set?.split(';')[0] }), reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/**
 * Asks again while the answer is an error, as a visitor on a busy machine would.
 * @param {number} port
 * @param {string} method
 * @param {string} path
 * @param {string} [cookie]
 * @returns {Promise<Answer>}
 */
async function untilWell(port, method, path, cookie) {
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await ask(port, method, path, cookie);
    if (answer.status === 200) return answer;
    await pause(USER_PAUSE);
  }
  throw new Error(`${method} ${path} goes on failing without a fault.`);
}

/** Guests, who ask for a page that needs no session, until `stop`. @param {number} port */
export function startGuests(port, count = 4) {
  /** @type {number[]} */
  let times = [];
  let isOver = false;
  const guests = Array.from({ length: count }, async () => {
    while (!isOver) {
      const since = performance.now();
      const { status } = await ask(port, 'GET', '/');
      times.push(performance.now() - since);
      if (status !== 200) throw new Error(`A page without a session answered ${status}.`);
      await pause(GUEST_PAUSE);
    }
  });
  return {
    /** What 99 of 100 answers took at most since this was last asked, in milliseconds. */
    p99() {
      const sorted = times.sort((one, other) => one - other);
      times = [];
      return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
    },
    async stop() {
      isOver = true;
      await Promise.all(guests);
    },
  };
}

/** Users, who write one tag after the other, until `stop`. @param {number} port */
export async function startUsers(port, count = 8) {
  let isOver = false;
  const users = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const { cookie = '' } = await untilWell(port, 'POST', `/login/user${index}`);
      return {
        cookie,
        /** @type {string[]} */
        acknowledged: [],
        /** When the last write was acknowledged. */
        wellAt: 0,
      };
    }),
  );
  const work = users.map(async (user) => {
    for (let tag = 0; !isOver; tag++) {
      const { status } = await ask(port, 'POST', `/tags/${tag}`, user.cookie);
      if (status === 200) {
        user.acknowledged.push(String(tag));
        user.wellAt = performance.now();
      }
      await pause(USER_PAUSE);
    }
  });

  return {
    /** How long after `since` each user had been answered well again, in milliseconds. */
    async recovered(since = performance.now()) {
      /** @type {number[]} */
      const times = [];
      for (const user of users) {
        while (user.wellAt < since) await pause(5);
        times.push(user.wellAt - since);
      }
      return Math.max(...times);
    },

    /** Ends the work and compares what was acknowledged with what the store has. */
    async stop() {
      isOver = true;
      await Promise.all(work);
      let acknowledged = 0;
      let lost = 0;
      for (const user of users) {
        const { body } = await untilWell(port, 'GET', '/tags', user.cookie);
        const stored = new Set(JSON.parse(body));
        acknowledged += user.acknowledged.length;
        lost += user.acknowledged.filter((tag) => !stored.has(tag)).length;
      }
      return { acknowledged, lost };
    },
  };
}

/** @param {number} milliseconds @returns {Promise<void>} */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
