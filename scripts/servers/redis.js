import { makeFolder, startProcess } from './process.js';

/** @import { Binary, Server, ServerName } from './types.js' */

const settings = [
  '--bind',
  '127.0.0.1',
  '--save',
  '',
  '--appendonly',
  'yes',
  '--appendfsync',
  'no',
];

/**
 * Redis or Valkey, keeping its data over a restart: what it has answered is in its append-only
 * file.
 * @param {ServerName} name
 * @param {Binary} binary
 * @param {readonly string[]} options
 * @returns {Promise<Server>}
 */
export function startRedis(name, binary, options) {
  return startProcess({
    name,
    version: binary.version,
    command: binary.path,
    folder: makeFolder(name),
    options: (port) => [...settings, '--port', `${port}`, ...options],
    url: (port) => `redis://127.0.0.1:${port}`,
    ready: /ready to accept connections/i,
  });
}
