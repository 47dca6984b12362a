// The same servers as containers, for a machine with Docker and without their binaries.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort, until } from './process.js';
import { removeContainerWithThisProcess } from './watcher-client.js';

/** @import { Image, Server, ServerName } from './types.js' */

const run = promisify(execFile);

export async function hasDocker() {
  try {
    await run('docker', ['info']);
    return true;
  } catch {
    return false;
  }
}

/**
 * How to start the image.
 * @param {ServerName} name
 * @param {Image} image
 * @returns {(options: readonly string[]) => Promise<Server>}
 */
export function container(name, image) {
  return (options) => startContainer(name, image, options);
}

/**
 * @param {ServerName} name
 * @param {Image} image
 * @param {readonly string[]} options
 * @returns {Promise<Server>}
 */
async function startContainer(name, image, options) {
  const port = await freePort();
  const variables = (image.variables ?? []).flatMap((variable) => ['--env', variable]);
  const published = ['--publish', `127.0.0.1:${port}:${image.port}`];
  console.error(`Starting ${image.name} in Docker ...`);
  const started = await run('docker', [
    'run',
    '--detach',
    ...published,
    ...variables,
    image.name,
    ...(image.command ?? []),
    ...options,
  ]);
  const id = started.stdout.trim();
  removeContainerWithThisProcess(id);

  /** @param {string} verb */
  const docker = (verb) => async () => {
    await run('docker', [verb, id]);
  };

  const timesReady = async () => {
    const { stdout, stderr } = await run('docker', ['logs', id], { maxBuffer: 2 ** 28 });
    return `${stdout}\n${stderr}`.split(image.ready).length - 1;
  };

  async function restart() {
    const before = await timesReady();
    await docker('restart')();
    await until(async () => (await timesReady()) > before, `${name} on port ${port}`);
  }

  await until(async () => (await timesReady()) > 0, `${name} on port ${port}`);
  return {
    name,
    version: image.name,
    url: image.url(port),
    host: '127.0.0.1',
    port,
    folder: '',
    pids: [],
    stop: docker('stop'),
    kill: docker('kill'),
    restart,
    pause: docker('pause'),
    resume: docker('unpause'),
  };
}
