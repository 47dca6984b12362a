/** @import { Row } from './measure.js' */

/**
 * What Sojourn must reach.
 * @typedef {object} Target
 * @property {string} id names it in notes.js
 * @property {string} what
 * @property {string} unit
 * @property {number} limit
 * @property {(rows: readonly Row[]) => number | null | undefined} value what was measured, if it
 * was
 */

const MEMORY = 'sojourn memory';
const EXPRESS_SESSION = 'express-session MemoryStore';

/** @type {readonly Target[]} */
export const TARGETS = [
  ...cpu('Express, memory', 'http express', MEMORY, { untouched: 5, read: 45, write: 50, new: 55 }),
  ...besideExpressSession('Express, memory', MEMORY, 0.25),
  ...besideExpressSession('its drop-in', 'sojourn/express-session MemoryStore', 0.9),
  ...cpu('Express, sealed cookie', 'http express', 'sojourn sealed', { read: 35, write: 55 }),
  ...redis('node-redis'),
  ...redis('ioredis'),
  ...cpu('in process, memory', 'in process', MEMORY, { read: 8, write: 12 }),
  ...sqlite('node:sqlite'),
  ...sqlite('better-sqlite3'),
  ...sqlite('libsql'),
  ...million('bytes of a session', 'bytes', 400, 'bytesPerSession'),
  ...million('longest pause while inserting', 'ms', 10, 'longestPauseMs'),
  ...million('longest pause while freeing', 'ms', 10, 'longestPauseFreeingMs'),
];

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
    what: `${what}: ${action}`,
    unit: 'us over bare',
    limit,
    value: (rows) => find(rows, name, system, action)?.cpuMicrosOverBare,
  }));
}

/** @param {string} name @param {string} system @param {number} limit @returns {Target[]} */
function besideExpressSession(name, system, limit) {
  return ['untouched', 'read', 'write', 'new'].map((action) => {
    const what = `${name}, beside express-session: ${action}`;
    /** @param {readonly Row[]} rows */
    const value = (rows) => {
      const ours = find(rows, 'http express', system, action)?.cpuMicrosOverBare;
      const theirs = find(rows, 'http express', EXPRESS_SESSION, action)?.cpuMicrosOverBare;
      return ours === undefined || theirs === undefined ? undefined : Number(ours) / Number(theirs);
    };
    return { id: what, what, unit: 'of its cost', limit, value };
  });
}

/** @param {string} client @returns {Target[]} */
function redis(client) {
  const name = 'http express over Redis';
  const system = `sojourn redis, ${client}`;
  const trips = Object.entries({ untouched: 0, read: 1, write: 2 }).map(([action, limit]) => {
    const id = `Express, Redis by ${client}, round trips: ${action}`;
    const value = (/** @type {readonly Row[]} */ rows) =>
      find(rows, name, system, action)?.storeCommands;
    return { id, what: id, unit: 'a request', limit, value };
  });
  return [...cpu(`Express, Redis by ${client}`, name, system, { read: 60, write: 95 }), ...trips];
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
  return [{ id, what: id, unit, limit, value }];
}
