import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder, startProcess, userFor } from './process.js';

/** @import { Binary, Server } from './types.js' */

const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'fsync=off',
  'full_page_writes=off',
];

/**
 * @param {readonly string[]} options
 * @param {Binary} binary
 * @returns {Promise<Server>}
 */
export async function startPostgres(options, binary) {
  const folder = makeFolder('postgres', { unprivileged: true });
  const data = join(folder, 'data');
  const initialize = join(dirname(realpathSync(binary.path)), 'initdb');
  const cluster = [
    '--pgdata',
    data,
    '--username',
    'postgres',
    '--auth',
    'trust',
    '--encoding',
    'UTF8',
    '--locale',
    'C',
    '--no-sync',
  ];
  await promisify(execFile)(initialize, cluster, { cwd: folder, ...userFor(true) });
  return startProcess({
    name: 'postgres',
    version: binary.version,
    command: binary.path,
    folder,
    unprivileged: true,
    options: (port) => [
      '-D',
      data,
      '-p',
      `${port}`,
      ...settings.flatMap((setting) => ['-c', setting]),
      ...options,
    ],
    url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    ready: /database system is ready to accept connections/,
    stopSignal: 'SIGINT',
  });
}
