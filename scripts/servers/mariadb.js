import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder, startProcess, userFor } from './process.js';

/** @import { Binary, Server } from './types.js' */

const firstStatements = `
CREATE DATABASE IF NOT EXISTS sojourn;
CREATE USER IF NOT EXISTS app@'127.0.0.1' IDENTIFIED BY 'secret';
GRANT ALL ON *.* TO app@'127.0.0.1' WITH GRANT OPTION;
`;

/**
 * @param {Binary} binary
 * @param {readonly string[]} options
 * @param {Binary} installer mariadb-install-db
 * @returns {Promise<Server>}
 */
export async function startMariadb(options, binary, installer) {
  const folder = makeFolder('mariadb', { unprivileged: true });
  const data = join(folder, 'data');
  const initFile = join(folder, 'first.sql');
  writeFileSync(initFile, firstStatements);
  const tables = [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ];
  await promisify(execFile)(installer.path, tables, { cwd: folder, ...userFor(true) });
  return startProcess({
    name: 'mariadb',
    version: binary.version,
    command: binary.path,
    folder,
    unprivileged: true,
    options: (port) => [
      '--no-defaults',
      `--datadir=${data}`,
      `--init-file=${initFile}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--socket=socket',
      '--pid-file=pid',
      '--skip-log-bin',
      '--innodb-flush-log-at-trx-commit=2',
      '--innodb-buffer-pool-size=64M',
      ...options,
    ],
    url: (port) => `mysql://app:secret@127.0.0.1:${port}/sojourn`,
    ready: /ready for connections/,
  });
}
