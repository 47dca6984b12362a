import { findServer, startServer, urlVariable } from '../scripts/servers/index.js';

/** @import { ServerName } from '../scripts/servers/index.js' */
/**
 * @typedef {{ url: string, reason?: undefined } | { url?: undefined, reason: string }} FoundServer
 * `reason`: why it cannot be had here.
 */

/**
 * Servers, each found when it is first asked for: one that `SOJOURN_TEST_<NAME>_URL` names, else a
 * throw-away one, which ends with this process, however that ends.
 */
export function createServers() {
  /** @type {Map<ServerName, Promise<FoundServer>>} */
  const found = new Map();
  /** @type {Map<ServerName, import('../scripts/servers/index.js').Server>} */
  const running = new Map();

  /** @param {ServerName} name @returns {Promise<FoundServer>} */
  async function start(name) {
    const url = process.env[urlVariable(name) ?? ''];
    if (url) return { url };
    const availability = await findServer(name);
    if (!availability.available) return { reason: availability.reason };
    const server = await startServer(name);
    running.set(name, server);
    return { url: server.url };
  }

  return {
    /**
     * @param {ServerName} name
     * @throws {Error} It did not start; or it cannot be had and `CI` is set.
     */
    find(name) {
      const known = found.get(name) ?? start(name);
      found.set(name, known);
      return known;
    },

    /** What was started, as `redis 7.0.15`. */
    versions: () => [...running].map(([name, { version }]) => `${name} ${version}`),

    async stop() {
      await Promise.all([...running.values()].map((server) => server.stop()));
    },
  };
}
