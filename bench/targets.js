import { FRAMEWORKS } from './frameworks/index.js';

/** @import { Row } from './measure.js' */

/**
 * What Sojourn must reach.
 * @typedef {object} Target
 * @property {string} id what it is about; names it in notes.js
 * @property {string} unit
 * @property {number} limit
 * @property {boolean} [isAtLeast] whether more is better
 * @property {(rows: readonly Row[]) => number | null | undefined} value what was measured, if it
 * was
 */

/** @typedef {{ name: string, ours: string, theirs: string }} Pair Two systems of one case. */

const MEMORY = 'sojourn memory';
const DROP_IN = 'sojourn/express-session MemoryStore';

const EXPRESS = {
  name: 'http express',
  ours: MEMORY,
  theirs: 'express-session MemoryStore',
};
const DROP_IN_EXPRESS = { ...EXPRESS, ours: DROP_IN };
const REDIS = { name: 'http express over Redis', theirs: 'express-session connect-redis' };
const DROP_IN_REDIS = { ...REDIS, ours: 'sojourn/express-session connect-redis' };
const SEALED = { name: 'http node', ours: 'sojourn sealed', theirs: 'iron-session' };

const HALF = { untouched: 0.5, read: 0.5, write: 0.5, new: 0.5 };
const DROP_IN_LIMITS = { untouched: 0.9, read: 0.9, write: 0.9, new: 0.9 };

/** @type {readonly Target[]} */
export const TARGETS = [
  ...cpu('plain Node, memory', 'http node', MEMORY, { untouched: 3, read: 22, write: 30, new: 32 }),
  ...costs('Express, memory, beside express-session', EXPRESS, {
    untouched: 0.1,
    read: 0.25,
    write: 0.35,
    new: 0.35,
  }),
  ...p99s('Express, memory, beside express-session', EXPRESS),
  ...redis('node-redis'),
  ...redis('ioredis'),
  ...costs('drop-in, memory, beside its original', DROP_IN_EXPRESS, DROP_IN_LIMITS),
  ...p99s('drop-in, memory, beside its original', DROP_IN_EXPRESS),
  ...costs('drop-in, connect-redis, beside its original', DROP_IN_REDIS, DROP_IN_LIMITS),
  ...p99s('drop-in, connect-redis, beside its original', DROP_IN_REDIS),
  ...throughput('drop-in, one visitor on 32 connections, beside its original', {
    ...DROP_IN_EXPRESS,
    name: 'http express, one visitor',
  }),
  ...costs('plain Node, sealed cookie, beside iron-session', SEALED, { read: 0.15, write: 0.12 }),
  ...Object.entries(FRAMEWORKS).flatMap(
    ([
      framework,
      {
        peers: [peer = ''],
      },
    ]) =>
      costs(
        frameworkTarget(framework, peer),
        { name: `handler ${framework}`, ours: MEMORY, theirs: peer },
        HALF,
      ),
  ),
  ...cpu('in process, memory', 'in process', MEMORY, { read: 8, write: 12 }),
  ...changes(),
  ...telemetry(),
  ...sqlite('node:sqlite'),
  ...sqlite('better-sqlite3'),
  ...sqlite('libsql'),
  ...million('bytes of a session', 'bytes', 400, 'bytesPerSession'),
  ...million('longest pause while inserting', 'ms', 10, 'longestPauseMs'),
  ...million('longest pause while freeing', 'ms', 10, 'longestPauseFreeingMs'),
  bundle('sojourn, sojourn/fetch, cookieSessions', 9000),
  bundle('the same and the memory store', 12_000),
];

/** What a target of a framework is about. @param {string} framework @param {string} peer */
export function frameworkTarget(framework, peer) {
  return `${framework} in process, memory, beside ${peer}`;
}

/**
 * @param {readonly Row[]} rows @param {string} name @param {string} system @param {string} action
 */
function find(rows, name, system, action) {
  return rows.find((row) => row.case === name && row.system === system && row.action === action);
}

/**
 * @param {string} what @param {string} name @param {string} system @param {Record<string, number>}
 * limits @returns {Target[]}
 */
function cpu(what, name, system, limits) {
  return Object.entries(limits).map(([action, limit]) => ({
    id: `${what}: ${action}`,
    unit: 'us over bare',
    limit,
    value: (rows) => find(rows, name, system, action)?.cpuMicrosOverBare,
  }));
}

/**
 * Ours by theirs, of one field. @param {Pair} pair @param {string} action @param
 * {'cpuMicrosOverBare' | 'p99Micros' | 'perSecond'} field @returns {Target['value']}
 */
function ratio({ name, ours, theirs }, action, field) {
  return (rows) => {
    const our = find(rows, name, ours, action)?.[field];
    const their = find(rows, name, theirs, action)?.[field];
    // A peer that seems to cost nothing was measured beside too much else.
    return typeof our === 'number' && typeof their === 'number' && their > 0
      ? our / their
      : undefined;
  };
}

/**
 * @param {string} what @param {Pair} pair @param {Record<string, number>} limits @returns
 * {Target[]}
 */
function costs(what, pair, limits) {
  return Object.entries(limits).map(([action, limit]) => ({
    id: `${what}: ${action}`,
    unit: 'of its cost',
    limit,
    value: ratio(pair, action, 'cpuMicrosOverBare'),
  }));
}

/** @param {string} what @param {Pair} pair @returns {Target[]} */
function p99s(what, pair) {
  return ['untouched', 'read', 'write', 'new'].map((action) => ({
    id: `${what}, p99: ${action}`,
    unit: 'of its p99',
    limit: 1,
    value: ratio(pair, action, 'p99Micros'),
  }));
}

/** @param {string} what @param {Pair} pair @returns {Target[]} */
function throughput(what, pair) {
  return ['read', 'write'].map((action) => ({
    id: `${what}: ${action}`,
    unit: 'of its requests a second',
    limit: 1,
    isAtLeast: true,
    value: ratio(pair, action, 'perSecond'),
  }));
}

/** @param {string} client @returns {Target[]} */
function redis(client) {
  const pair = { ...REDIS, ours: `sojourn redis, ${client}` };
  const what = `Express, Redis by ${client}`;
  const trips = Object.entries({ untouched: 0, read: 1, write: 2, new: 1 });
  return [
    ...costs(`${what}, beside connect-redis`, pair, { read: 0.3, write: 0.7, new: 0.7 }),
    ...p99s(`${what}, beside connect-redis`, pair),
    ...trips.map(([action, limit]) => ({
      id: `${what}, round trips: ${action}`,
      unit: 'a request',
      limit,
      value: (/** @type {readonly Row[]} */ rows) =>
        find(rows, pair.name, pair.ours, action)?.storeCommands,
    })),
  ];
}

/** Less than 3 percent cannot be told from noise. @returns {Target[]} */
function telemetry() {
  const name = 'in process, telemetry';
  const pair = { name, ours: 'sojourn memory, OpenTelemetry without SDK', theirs: MEMORY };
  const alone = { name, ours: 'events that nobody hears, alone', theirs: MEMORY };
  return [
    ...costs('OpenTelemetry without SDK, beside none', pair, { read: 1.03, write: 1.03 }),
    ...costs('events that nobody hears, beside the session', alone, { read: 0.03, write: 0.03 }),
  ];
}

/** @returns {Target[]} */
function changes() {
  const cost = (/** @type {readonly Row[]} */ rows, /** @type {string} */ action) =>
    find(rows, 'many changes in one request', MEMORY, action)?.cpuMicrosOverBare ?? undefined;
  return [
    {
      id: '20,000 pushes below one key in one request, in process',
      unit: 'ms',
      limit: 40,
      value(rows) {
        const micros = cost(rows, 'push 20,000 numbers');
        return micros === undefined ? undefined : micros / 1000;
      },
    },
    {
      // Squared it would be 4.
      id: '8,000 pushes of 100 bytes below one key, beside four times 2,000',
      unit: 'of the cost',
      limit: 1.5,
      value(rows) {
        const few = cost(rows, 'push 2,000 objects');
        const many = cost(rows, 'push 8,000 objects');
        return few === undefined || many === undefined ? undefined : many / (4 * few);
      },
    },
  ];
}

/** @param {string} client @returns {Target[]} */
function sqlite(client) {
  return cpu(`SQLite store, ${client}`, 'stores', `sojourn sqlite, ${client}`, {
    read: 15,
    write: 40,
  });
}

/**
 * @param {string} what @param {string} unit @param {number} limit @param {keyof Row} field @returns
 * {Target[]}
 */
function million(what, unit, limit, field) {
  const id = `memory store, a million sessions: ${what}`;
  const value = (/** @type {readonly Row[]} */ rows) =>
    /** @type {number | null | undefined} */ (
      rows.find((row) => row.case === 'a million sessions' && row.system === MEMORY)?.[field]
    );
  return [{ id, unit, limit, value }];
}

/** @param {string} system @param {number} limit @returns {Target} */
function bundle(system, limit) {
  return {
    id: `bundle: ${system}`,
    unit: 'bytes',
    limit,
    value: (rows) =>
      rows.find((row) => row.case === 'bundle' && row.system === system)?.bundleBytes,
  };
}
