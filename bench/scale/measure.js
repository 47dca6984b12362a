// Measures what one operation costs a server, and what one session takes there. The processor time
// is the server's own, so a busy machine changes it little.
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresStore } from '../../dist/stores/postgres.js';
import { redisStore } from '../../dist/stores/redis.js';
import { startServer } from '../../scripts/servers/index.js';
import { postgresGauge, redisGauge } from './gauges.js';
import { createOperations } from './operations.js';

/** @import { Gauge, Reading } from './gauges.js' */

/**
 * @typedef {object} Costs
 * @property {string} store
 * @property {string} version
 * @property {number} sessions How many there were.
 * @property {Record<string, Reading>} operations Of one operation each.
 * @property {Record<string, number>} anonymous Bytes of one session without a user, by part.
 * @property {Record<string, number>} ofUser The same with a user.
 * @property {Reading} pruned Of one expired session that is deleted; with Redis, which deletes them
 * by itself, of one session that the prune looks at.
 */

/** How many requests are under way at once. */
const MEASURING = 20;
const FILLING = 200;
/** @type {readonly string[]} */
const MEASURED = ['read', 'touch', 'change', 'renewal', 'create', 'login', 'logout'];

/**
 * @param {'redis' | 'postgres'} name @param {{ sessions: number, times: number }} amounts
 * `sessions` are there; each operation is done `times` times. @param {(text: string) => void}
 * progress @returns {Promise<Costs>}
 */
export async function measure(name, { sessions, times }, progress) {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const server = await startServer(name);
  const opened = await (name === 'redis' ? openRedis : openPostgres)(server, now);
  const { gauge, store, close } = opened;
  try {
    await store.migrate?.();
    const operations = createOperations(store, now);
    /** @param {string} operation @param {readonly string[]} tokens */
    const costOf = async (operation, tokens, atOnce = MEASURING) => {
      progress(`${name}: ${operation}, ${tokens.length} times`);
      const before = await gauge.read();
      const after = await operations.each(operation, tokens, atOnce);
      await sleep(1200);
      return { cost: each(before, await gauge.read(), tokens.length), tokens: after };
    };
    const nobody = /** @type {string[]} */ (Array(sessions / 2).fill(''));

    const empty = await sizeOf(gauge);
    const { tokens: anonymous } = await costOf('create', nobody, FILLING);
    const half = await sizeOf(gauge);
    await costOf('login', anonymous, FILLING);
    ahead = 60_000;
    await operations.prune();
    const loggedIn = await sizeOf(gauge);
    const { tokens: others } = await costOf('create', nobody, FILLING);

    /** @type {Record<string, Reading>} */
    const costs = {};
    let tokens = others.slice(0, times);
    // What the server has to do after so many writes, and its new connections, are nobody's cost.
    await gauge.settle();
    await operations.each('read', tokens, MEASURING);
    await sleep(1200);
    for (const operation of MEASURED) {
      const measured = await costOf(
        operation,
        operation === 'create' ? nobody.slice(0, times) : tokens,
      );
      costs[operation] = measured.cost;
      if (operation !== 'create') tokens = measured.tokens;
    }

    ahead = 3 * 3_600_000;
    progress(`${name}: prune`);
    const before = await gauge.read();
    const pruned = await operations.prune();
    return {
      store: name,
      version: server.version,
      sessions,
      operations: costs,
      anonymous: perSession(empty, half, sessions / 2),
      ofUser: perSession(empty, loggedIn, sessions / 2),
      pruned: each(before, await gauge.read(), Math.max(pruned, sessions)),
    };
  } finally {
    await close();
    await server.stop();
  }
}

/** @param {Gauge} gauge */
async function sizeOf(gauge) {
  await gauge.settle();
  return gauge.size();
}

/** @param {Reading} before @param {Reading} after @param {number} times @returns {Reading} */
function each(before, after, times) {
  const cost = /** @param {keyof Reading} field */ (field) =>
    round((after[field] - before[field]) / times);
  return {
    cpu: cost('cpu'),
    received: cost('received'),
    sent: cost('sent'),
    commands: cost('commands'),
    log: cost('log'),
  };
}

/**
 * @param {Record<string, number>} before @param {Record<string, number>} after @param {number}
 * count
 */
function perSession(before, after, count) {
  return Object.fromEntries(
    Object.entries(after).map(([part, size]) => [
      part,
      Math.round((size - (before[part] ?? 0)) / count),
    ]),
  );
}

/** @param {number} value */
function round(value) {
  return Number(value.toPrecision(3));
}

/** @param {import('../../scripts/servers/index.js').Server} server @param {() => number} now */
async function openRedis({ url }, now) {
  const { createClient } = await import('redis');
  const client = createClient({ url });
  await client.connect();
  return {
    store: redisStore({ client, now }),
    gauge: redisGauge(client),
    close: async () => client.destroy(),
  };
}

/** @param {import('../../scripts/servers/index.js').Server} server @param {() => number} now */
async function openPostgres({ url, pids }, now) {
  const { Pool } = await import('pg');
  const pool = new Pool({ connectionString: url, max: 50 });
  const own = new Pool({ connectionString: url, max: 1 });
  // The server ends the connections when it is stopped.
  for (const each of [pool, own]) each.on('error', () => undefined);
  return {
    store: postgresStore({ client: pool, table: 'sojourn_scale', now, pruneInterval: false }),
    gauge: postgresGauge(pool, own, pids[0] ?? 0),
    async close() {
      await pool.end();
      await own.end();
    },
  };
}
