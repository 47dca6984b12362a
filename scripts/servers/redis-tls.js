import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder, startProcess } from './process.js';

/** @import { Binary, TlsServer } from './types.js' */

const run = promisify(execFile);
const settings = [
  '--port',
  '0',
  '--tls-auth-clients',
  'no',
  '--save',
  '',
  '--appendonly',
  'yes',
  '--appendfsync',
  'no',
];
const may = ['+@read', '+@write', '+@scripting', '+@connection', '-@dangerous'];

/**
 * Redis over TLS only. The URL's user, `app`, may use keys that begin with `sess`, and of the
 * commands @read, @write, @scripting and
 * @connection without @dangerous: no KEYS, FLUSHALL, CONFIG or INFO.
 * @param {readonly string[]} options
 * @param {Binary} binary
 * @returns {Promise<TlsServer>}
 */
export async function startRedisTls(options, binary) {
  const folder = makeFolder('redis-tls');
  await makeCertificates(folder);
  const certificates = [
    '--tls-cert-file',
    'server.crt',
    '--tls-key-file',
    'server.key',
    '--tls-ca-cert-file',
    'ca.crt',
  ];
  const users = ['--requirepass', 'secret', '--user', 'app', 'on', '>secret', '~sess*', ...may];
  const server = await startProcess({
    name: 'redis-tls',
    version: binary.version,
    command: binary.path,
    folder,
    options: (port) => [
      ...settings,
      '--tls-port',
      `${port}`,
      ...certificates,
      ...users,
      ...options,
    ],
    url: (port) => `rediss://app:secret@localhost:${port}`,
    ready: /ready to accept connections/i,
  });
  const ca = readFileSync(join(folder, 'ca.crt'), 'utf8');
  return Object.assign(server, {
    ca,
    host: 'localhost',
    adminUrl: `rediss://default:secret@localhost:${server.port}`,
  });
}

/**
 * @param {string} folder Gets an authority of its own, ca.crt, and what it signed for localhost:
 * server.crt and server.key.
 */
async function makeCertificates(folder) {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const authority = [
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-copy_extensions',
    'copy',
  ];
  /** @param {readonly string[]} command */
  const openssl = (...command) => run('openssl', command, { cwd: folder });
  await openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '30',
    '-subj',
    '/CN=authority of the tests',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  );
  await openssl('req', ...key, ...names, '-keyout', 'server.key', '-out', 'server.csr');
  await openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    ...authority,
    '-days',
    '30',
    '-out',
    'server.crt',
  );
}
