import { makeFolder, startProcess } from './process.js';

/** @import { Binary, Server } from './types.js' */

/**
 * @param {readonly string[]} options
 * @param {Binary} binary
 * @returns {Promise<Server>}
 */
export function startMemcached(options, binary) {
  return startProcess({
    name: 'memcached',
    version: binary.version,
    command: binary.path,
    folder: makeFolder('memcached', { unprivileged: true }),
    unprivileged: true,
    options: (port) => ['-l', '127.0.0.1', '-p', `${port}`, '-U', '0', '-m', '64', ...options],
    url: (port) => `memcached://127.0.0.1:${port}`,
  });
}
