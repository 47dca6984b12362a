import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, startProcess } from './process.js';

/** @import { Binary, Server, ServerName } from './types.js' */

const parameters = [
  'diagnosticDataCollectionEnabled=false',
  'shutdownTimeoutMillisForSignaledShutdown=100',
];
const settings = [
  '--wiredTigerCacheSizeGB',
  '0.25',
  ...parameters.flatMap((parameter) => ['--setParameter', parameter]),
];

/**
 * @param {ServerName} name
 * @param {Binary} binary
 * @param {readonly string[]} options
 * @returns {Promise<Server>}
 */
export function startMongodb(name, binary, options) {
  const folder = makeFolder(name);
  const data = join(folder, 'data');
  mkdirSync(data);
  return startProcess({
    name,
    version: binary.version,
    command: binary.path,
    folder,
    options: (port) => [
      '--dbpath',
      data,
      '--port',
      `${port}`,
      '--bind_ip',
      '127.0.0.1',
      '--nounixsocket',
      ...settings,
      ...options,
    ],
    url: (port) => `mongodb://127.0.0.1:${port}/`,
    ready: /Waiting for connections/,
  });
}
