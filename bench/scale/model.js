// What sessions cost at a scale: arithmetic on the costs of one operation, and a simulation of how
// uneven the load of shards is. Pure, and the same at every run.
import { createRandom } from '../torture/random.js';

/** @import { Costs } from './measure.js' */
/** @import { Reading } from './gauges.js' */

/** What a user of this program may say otherwise. */
export const DEFAULTS = {
  requests: { value: 100_000, about: 'requests in a second' },
  sessions: { value: 100_000_000, about: 'live sessions' },
  users: { value: 50, about: 'percent of the sessions that have a user' },
  pace: { value: 10, about: 'seconds between two requests of one visitor' },
  changes: { value: 15, about: 'percent of requests that change their session' },
  creations: { value: 1, about: 'percent of requests that begin a session' },
  logins: { value: 0.5, about: 'percent of requests that log in' },
  logouts: { value: 0.2, about: 'percent of requests that log out' },
  renewals: { value: 0, about: 'percent of requests that renew the token (rotateAfter)' },
  utilization: { value: 50, about: 'percent of its processors that a server may use' },
  memory: { value: 64, about: 'gigabytes of memory of one Redis server' },
  cores: { value: 32, about: 'processor cores of one PostgreSQL server' },
  hot: { value: 1000, about: 'requests in a second that one robot sends in one session' },
  failover: { value: 16, about: 'seconds until a replica has taken over' },
  lag: { value: 50, about: 'milliseconds that a replica is behind' },
};

/** @typedef {{ [Name in keyof typeof DEFAULTS]: number }} Workload */
/** @typedef {{ title: string, heads: string[], rows: string[][] }} Table */

/** Sojourn moves the idle deadline at most so often, in seconds (touchAfter). */
const TOUCH_AFTER = 60;
/** The rest is for a fork that writes a snapshot, and for fragments. */
const USABLE_MEMORY = 0.6;
const GIGABYTE = 1e9;
const DAY = 86_400;
/** How long a store call may take, in seconds (storeTimeout). */
const STORE_TIMEOUT = 2;
const SIMULATED_SECONDS = 3600;

/** @param {readonly Costs[]} costs @param {Workload} workload @returns {Table[]} */
export function estimate(costs, workload) {
  const shares = sharesOf(workload);
  const tables = [operationsTable(costs, shares)];
  for (const each of costs) {
    const load = loadOf(each, workload, shares);
    tables.push(
      each.store === 'redis' ? redisTable(load, workload) : postgresTable(load, workload),
    );
  }
  return tables;
}

/**
 * Of each operation, from 0 to 1. @param {Workload} workload @returns {Record<string, number>}
 */
export function sharesOf({ changes, creations, logins, logouts, renewals, pace }) {
  const named = {
    change: changes / 100,
    create: creations / 100,
    login: logins / 100,
    logout: logouts / 100,
    renewal: renewals / 100,
  };
  const rest = 1 - Object.values(named).reduce((sum, share) => sum + share, 0);
  if (rest < 0) throw new Error('The operations are more than 100 percent. Give smaller shares.');
  const touch = rest * Math.min(1, pace / TOUCH_AFTER);
  return { read: rest - touch, touch, ...named };
}

/**
 * What all requests cost in a second, and what all sessions take. @param {Costs} costs @param
 * {Workload} workload @param {Record<string, number>} shares
 */
export function loadOf({ operations, anonymous, ofUser, pruned }, workload, shares) {
  const perSecond = /** @param {keyof Reading} field */ (field) =>
    workload.requests *
    Object.entries(shares).reduce(
      (sum, [name, share]) => sum + share * (operations[name]?.[field] ?? 0),
      0,
    );
  const users = workload.users / 100;
  const size = /** @param {string} part */ (part) =>
    workload.sessions * ((1 - users) * (anonymous[part] ?? 0) + users * (ofUser[part] ?? 0));
  const writes = workload.requests * (1 - (shares.read ?? 0));
  // As many sessions end by themselves as begin, but for those that are ended.
  const expiring = workload.requests * ((shares.create ?? 0) - (shares.logout ?? 0));
  return {
    cores: perSecond('cpu') / 1000,
    commands: perSecond('commands'),
    received: perSecond('received'),
    sent: perSecond('sent'),
    log: perSecond('log'),
    memory: size('memory'),
    table: size('table'),
    indexes: size('indexes'),
    writes,
    expiring: Math.max(expiring, 0),
    sweepCores: (Math.max(expiring, 0) * pruned.cpu) / 1000,
    sweepAll: (workload.sessions * pruned.cpu) / 1000,
    pruned,
  };
}

/** @typedef {ReturnType<typeof loadOf>} Load */

/** @param {readonly Costs[]} costs @param {Record<string, number>} shares @returns {Table} */
function operationsTable(costs, shares) {
  const rows = costs.flatMap(({ store, operations }) =>
    Object.entries(operations).map(([name, { commands, cpu, received, sent, log }]) => [
      store,
      name,
      `${round((shares[name] ?? 0) * 100)}%`,
      `${Number(commands.toFixed(1))}`,
      `${Math.round(cpu * 1000)} µs`,
      thousands(received),
      thousands(sent),
      thousands(log),
    ]),
  );
  return {
    title: 'One operation, and its share of the requests',
    heads: ['store', 'operation', 'share', 'commands', 'processor', 'bytes in', 'bytes out', 'log'],
    rows,
  };
}

/** @param {Load} load @param {Workload} workload @returns {Table} */
function redisTable(load, workload) {
  const byProcessor = load.cores / (workload.utilization / 100);
  const byMemory = load.memory / (workload.memory * GIGABYTE * USABLE_MEMORY);
  // A cluster has at least three masters, or nobody can decide which is down.
  const masters = Math.max(3, Math.ceil(byProcessor), Math.ceil(byMemory));
  const { worst } = simulateShards(workload.requests, masters);
  const cpuOfRequest = load.cores / workload.requests;
  const hot = workload.hot * cpuOfRequest;
  const usual = (load.cores / masters) * 100;
  return {
    title: 'Redis Cluster',
    heads: ['what', 'how much'],
    rows: [
      ['processor time of all requests', `${round(load.cores)} cores`],
      ['memory of all sessions', bytes(load.memory)],
      [
        'masters',
        `${masters} (${Math.ceil(byProcessor)} for the processor, ${Math.ceil(byMemory)} for memory), and as many replicas`,
      ],
      ['commands in a second, those of scripts included', thousands(load.commands)],
      [
        'network of one master, in and out',
        `${bytes(load.received / masters)}/s, ${bytes(load.sent / masters)}/s`,
      ],
      ['to each replica, and into each append-only file', `${bytes(load.log / masters)}/s`],
      ['append-only files in a day, if they were not rewritten', bytes(load.log * DAY)],
      ['sessions that expire in a second', `${thousands(load.expiring)}; Redis deletes them`],
      [
        '`prune` over the indexes of all users',
        `${duration(load.sweepAll)} of processor time, spread over the masters`,
      ],
      [
        'processor of one master',
        `${round(usual)}%; at the worst second of an hour ${round(usual * worst)}%`,
      ],
      [
        `one session with ${workload.hot} requests a second`,
        `${round(hot * 100)}% more on its master`,
      ],
      ...failoverRows(load, workload, masters, masters < 3),
    ],
  };
}

/** @param {Load} load @param {Workload} workload @returns {Table} */
function postgresTable(load, workload) {
  const cores = load.cores + load.sweepCores;
  const needed = cores / (workload.utilization / 100);
  const servers = Math.max(1, Math.ceil(needed / workload.cores));
  return {
    title: 'PostgreSQL',
    heads: ['what', 'how much'],
    rows: [
      ['processor time of all requests', `${round(load.cores)} cores`],
      ['processor time of the sweep', `${round(load.sweepCores)} cores`],
      ['primaries', `${servers} of ${workload.cores} cores; above 1, divide the sessions by id`],
      ['table and indexes', `${bytes(load.table)} and ${bytes(load.indexes)}`],
      ['statements in a second', thousands(load.commands)],
      ['network, in and out', `${bytes(load.received)}/s, ${bytes(load.sent)}/s`],
      [
        'write-ahead log',
        `${bytes(load.log + load.expiring * load.pruned.log)}/s, ${bytes((load.log + load.expiring * load.pruned.log) * DAY)} a day`,
      ],
      ['row versions that vacuum has to remove', `${thousands(load.writes)} in a second`],
      ['sessions that expire in a second', `${thousands(load.expiring)}; the sweep deletes them`],
      [
        'a sweep of all sessions at once',
        `${duration(load.sweepAll)} of processor time, ${bytes(workload.sessions * load.pruned.log)} of log`,
      ],
      [
        `one session with ${workload.hot} requests a second`,
        `${round(workload.hot * (load.cores / workload.requests))} cores`,
      ],
      ...failoverRows(load, workload, servers, servers < 3),
    ],
  };
}

/**
 * @param {Load} load @param {Workload} workload @param {number} shards @param {boolean} opens
 * Whether so many calls miss their deadline that the circuit opens: half of all.
 * @returns {string[][]}
 */
function failoverRows(load, { requests, failover, lag }, shards, opens) {
  const share = requests / shards;
  const held = share * STORE_TIMEOUT;
  return [
    [
      'requests that fail while one server is replaced',
      `${thousands(share * failover)} of ${thousands(requests * failover)}`,
    ],
    [
      'requests that wait at once meanwhile',
      `${thousands(held)}${opens ? ', for the first 2 seconds; then the circuit is open' : ': less than half of the calls fail, so the circuit stays closed'}`,
    ],
    ['writes that a replica may lack then', thousands((load.writes / shards) * (lag / 1000))],
  ];
}

/**
 * The load of each shard in each second of an hour. Ids are hashes, so a request goes to any shard
 * alike, and the number in a second varies as chance has it.
 * @param {number} requests @param {number} shards
 */
export function simulateShards(requests, shards) {
  const random = createRandom(1, 'shards');
  const mean = requests / shards;
  let most = 0;
  for (let second = 0; second < SIMULATED_SECONDS; second++)
    for (let shard = 0; shard < shards; shard++) most = Math.max(most, poisson(mean, random.next));
  return { worst: most / mean };
}

/** Near enough for means above 100. @param {number} mean @param {() => number} next */
function poisson(mean, next) {
  const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Math.max(0, mean + Math.sqrt(mean) * normal);
}

/** @param {number} value */
function round(value) {
  return Number(value.toPrecision(2));
}

/** @param {number} value */
function thousands(value) {
  return Math.round(value).toLocaleString('en-US');
}

/** @param {number} value */
function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000;
  return `${Number(size.toPrecision(3))} ${units[unit]}`;
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 120) return `${round(seconds)} s`;
  return seconds < 7200 ? `${round(seconds / 60)} minutes` : `${round(seconds / 3600)} hours`;
}
