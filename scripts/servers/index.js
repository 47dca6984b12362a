// Real servers for tests and benchmarks: throw-away instances on free ports of this machine.
import { hasDocker } from './docker.js';
import { kinds } from './kinds.js';
import { findOrInstall } from './programs.js';

/** @import { Binary, Kind, Program, Servers } from './types.js' */

/** @typedef {import('./types.js').ServerName} ServerName */
/** @typedef {import('./types.js').Server} Server */
/** @typedef {{ available: true } | { available: false, reason: string }} Availability */

export const serverNames = /** @type {ServerName[]} */ (Object.keys(kinds));

/**
 * Whether `startServer` can start it here. Installs what that needs: not for a hook or a test with
 * a time limit.
 * @param {ServerName} name
 * @returns {Promise<Availability>}
 * @throws {Error} It cannot, and `CI` is set: there no test may be skipped.
 */
export async function findServer(name) {
  const { reason } = await findWay(name);
  if (reason !== undefined && process.env.CI) throw new Error(reason);
  return reason === undefined ? { available: true } : { available: false, reason };
}

/**
 * Starts an instance of one's own. It ends with this process at the latest, however that ends.
 * @template {ServerName} Name
 * @param {Name} name
 * @param {{ options?: readonly string[] }} [options] `options`: more of the server's own command
 * line.
 * @returns {Promise<Servers[Name]>}
 * @throws {Error} It cannot be had here, or did not start; the message says what to do.
 */
export async function startServer(name, { options = [] } = {}) {
  const { start, reason } = await findWay(name);
  if (reason !== undefined) throw new Error(reason);
  return start(options);
}

/**
 * The environment variable for the URL of a server to use as the shared instance; nothing for a
 * server that a URL does not describe.
 * @param {ServerName} name
 */
export function urlVariable(name) {
  return kinds[name].container ? `SOJOURN_TEST_${name.toUpperCase()}_URL` : undefined;
}

/**
 * How to start it here: its programs, else its image in Docker.
 * @template {ServerName} Name
 * @param {Name} name
 * @returns {Promise<{ start: (options: readonly string[]) => Promise<Servers[Name]>, reason?:
 * undefined } | { start?: undefined, reason: string }>}
 */
async function findWay(name) {
  /** @type {Kind<Servers[Name]>} */
  const { programs, start, container } = kinds[name];
  /** @type {Binary[]} */
  const binaries = [];
  for (const program of programs) {
    const binary = await findOrInstall(program);
    if (binary) binaries.push(binary);
    else if (container && (await hasDocker())) return { start: container };
    else return { reason: missing(name, program) };
  }
  return { start: (options) => start(options, ...binaries) };
}

/**
 * @param {ServerName} name
 * @param {Program} program
 */
function missing(name, { command, minimum }) {
  const variable = urlVariable(name);
  const version = minimum === undefined ? '' : ` ${minimum} or later`;
  return `No ${name} here: install ${command}${version}${variable ? `, or set ${variable}` : ''}.`;
}
