import { dirname, join } from 'node:path';
import { makeFolder, startProcess } from './process.js';

/** @import { Binary, Server } from './types.js' */

/**
 * DynamoDB Local; in memory, so that it forgets everything at a restart.
 * @param {readonly string[]} options
 * @param {Binary} java
 * @param {Binary} jar
 * @returns {Promise<Server>}
 */
export function startDynamodb(options, java, jar) {
  const library = dirname(jar.path);
  return startProcess({
    name: 'dynamodb',
    version: jar.version,
    command: java.path,
    folder: makeFolder('dynamodb'),
    options: (port) => [
      `-Dsqlite4java.library.path=${library}`,
      '-XX:TieredStopAtLevel=1',
      '-Xmx256m',
      '-cp',
      join(library, '*'),
      'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
      '-inMemory',
      '-disableTelemetry',
      '-port',
      `${port}`,
      ...options,
    ],
    url: (port) => `http://127.0.0.1:${port}`,
  });
}
