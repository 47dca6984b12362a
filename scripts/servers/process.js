// One server process: started, awaited, paused, killed, started again; ended by its id whatever
// becomes of the process that wanted it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, killFamily, signalFamily, signalIfRunning } from './signals.js';
import { endsNoLonger, endWithThisProcess, removeWithThisProcess } from './watcher-client.js';

/** @import { Server, ServerName } from './types.js' */

/**
 * @typedef {object} Plan How to run a server's process.
 * @property {ServerName} name
 * @property {string} version
 * @property {string} command Path of the binary.
 * @property {(port: number) => readonly string[]} options The command line for this port.
 * @property {(port: number) => string} url
 * @property {string} folder From `makeFolder`; the process runs in it.
 * @property {RegExp} [ready] What its log says once it serves. Default: its port takes connections.
 * @property {NodeJS.Signals} [stopSignal] Asks it to shut down. Default `SIGTERM`.
 * @property {boolean} [unprivileged] Runs as `nobody` when this process is root's: a server that
 * refuses to be root. Default false.
 */

const startTimeout = 120_000;
const stopTimeout = 15_000;
const portAttempts = 5;
const nobody = 65_534;

/**
 * Starts the process on a free port.
 * @param {Plan} plan
 * @returns {Promise<Server>}
 * @throws {Error} It ended, or did not answer within two minutes; the message ends with its log.
 */
export async function startProcess(plan) {
  for (let attempt = 1; ; attempt += 1) {
    const server = serverProcess(plan, await freePort());
    try {
      await server.restart();
      return server;
    } catch (error) {
      if (attempt === portAttempts || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

/**
 * A temporary folder, removed when this process has ended.
 * @param {string} name
 * @param {{ unprivileged?: boolean }} [options] Whom it is for; as in `Plan`.
 */
export function makeFolder(name, { unprivileged = false } = {}) {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), `sojourn-${name}-`));
  removeWithThisProcess(folder);
  const { uid, gid } = userFor(unprivileged);
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return folder;
}

/**
 * As whom to spawn; nothing is changed for others than root.
 * @param {boolean} unprivileged
 * @returns {{ uid?: number, gid?: number }}
 */
export function userFor(unprivileged) {
  return unprivileged && process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
}

/**
 * @param {() => boolean | Promise<boolean>} condition
 * @param {string} expected Words for the error: `'the replica to follow its master'`.
 */
export async function until(condition, expected, timeout = startTimeout) {
  const deadline = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > deadline)
      throw new Error(`Waited ${timeout / 1000} s in vain for ${expected}.`);
    await sleep(20);
  }
}

/**
 * A port nobody listens on, below those that the kernel gives to outgoing connections: no client
 * can take it while its server is down.
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    const probe = createServer();
    const outcome = Promise.race([
      once(probe, 'listening').then(() => true),
      once(probe, 'error').then(() => false),
    ]);
    probe.listen(port, '127.0.0.1');
    const free = await outcome;
    if (!free) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

/**
 * @param {Plan} plan
 * @param {number} port
 * @returns {Server}
 */
function serverProcess(plan, port) {
  const { name, version, folder, stopSignal = 'SIGTERM' } = plan;
  const log = join(folder, 'log');
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  let pid = 0;

  const hasEnded = () =>
    child === undefined || child.exitCode !== null || child.signalCode !== null;

  async function start() {
    const output = openSync(log, 'a');
    const logStart = statSync(log).size;
    const started = spawn(plan.command, plan.options(port), {
      cwd: folder,
      detached: true,
      stdio: ['ignore', output, output],
      ...userFor(plan.unprivileged ?? false),
    });
    closeSync(output);
    await spawned(started, stopSignal);
    child = started;
    pid = started.pid ?? 0;
    const newLog = () => readFileSync(log).subarray(logStart).toString();
    try {
      await until(async () => {
        if (hasEnded()) throw new Error(`${plan.command} ended at once.`);
        return plan.ready ? plan.ready.test(newLog()) : await takesConnections(port);
      }, `${name} on port ${port}`);
    } catch (error) {
      await kill();
      throw new Error(`${name} did not start. The end of its log:\n${newLog().slice(-2000)}`, {
        cause: error,
      });
    }
  }

  async function stop() {
    if (hasEnded()) return;
    signalFamily(pid, 'SIGCONT');
    signalIfRunning(pid, stopSignal);
    await until(hasEnded, `${name} to shut down`, stopTimeout).catch(kill);
  }

  async function kill() {
    if (hasEnded()) return;
    const killed = killFamily(pid);
    await until(() => hasEnded() && !killed.some(isRunning), `${name} to end`);
  }

  async function restart() {
    await stop();
    await start();
  }

  return {
    name,
    version,
    url: plan.url(port),
    host: '127.0.0.1',
    port,
    folder,
    get pids() {
      return hasEnded() ? [] : [pid];
    },
    stop,
    kill,
    restart,
    async pause() {
      signalFamily(pid, 'SIGSTOP');
    },
    async resume() {
      signalFamily(pid, 'SIGCONT');
    },
  };
}

/**
 * Resolves when the process is there; from then on it cannot outlive this one.
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} stopSignal
 */
async function spawned(child, stopSignal) {
  const { pid } = child;
  if (pid !== undefined) {
    endWithThisProcess(pid, stopSignal);
    child.once('exit', () => endsNoLonger(pid));
  }
  await once(child, 'spawn');
  child.unref();
}

/** @param {number} port */
async function takesConnections(port) {
  const socket = connect(port, '127.0.0.1');
  const connected = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return connected;
}
