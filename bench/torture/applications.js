import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/servers/process.js';

/**
 * One application process, which may be killed.
 * @typedef {object} Application
 * @property {string} origin The same after a restart.
 * @property {() => Promise<void>} start Resolves when it takes requests.
 * @property {() => Promise<void>} kill By SIGKILL.
 * @property {() => void} pause
 * @property {() => void} resume
 * @property {(ahead: number) => void} stepClock To so many milliseconds before the true time.
 * @property {() => number} deaths How often it ended by itself; it is started again then.
 * @property {() => Readonly<Record<string, number>>} counts How often Sojourn told of each event.
 */

/**
 * A process that is stopped does not notice that its parent ends. @type
 * {Set<import('node:child_process').ChildProcess>}
 */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** So often a process may fail to start, one after the other. */
const ATTEMPTS = 50;

/**
 * @param {{ store: string, url: string, directory: string, log: string, isBroken:
 * boolean }} settings `log`: a file.
 * @returns {Promise<Application>}
 */
export async function createApplication(settings) {
  const port = await freePort();
  let ahead = 0;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  /** @type {Record<string, number>} */
  const before = {};
  /** @type {Record<string, number>} */
  let current = {};
  let deaths = 0;

  async function start(attempt = 1) {
    const started = fork(
      fileURLToPath(new URL('application.js', import.meta.url)),
      [JSON.stringify({ ...settings, port, ahead })],
      { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    );
    child = started;
    running.add(started);
    started.once('exit', () => running.delete(started));
    for (const stream of [started.stdout, started.stderr])
      stream?.on('data', (text) => appendFileSync(settings.log, text));
    started.on('message', (/** @type {{ counts?: Record<string, number> }} */ message) => {
      if (message.counts !== undefined && child === started) current = message.counts;
    });
    const ready = new Promise((resolve) =>
      started.on('message', (/** @type {{ isReady?: boolean }} */ { isReady }) => {
        if (isReady) resolve(true);
      }),
    );
    const ended = once(started, 'exit').then(() => false);
    // Without its database a process may not start; it is started again, as a supervisor does.
    if (await Promise.race([ready, ended])) {
      void ended.then(async () => {
        if (child !== started) return;
        deaths++;
        await start();
      });
      return;
    }
    if (attempt === ATTEMPTS)
      throw new Error(`An application does not start; see ${settings.log}.`);
    await sleep(200);
    if (child === started) await start(attempt + 1);
  }

  return {
    origin: `http://127.0.0.1:${port}`,
    start: () => start(),
    async kill() {
      const killed = child;
      child = undefined;
      if (killed === undefined || killed.exitCode !== null || killed.signalCode !== null) return;
      const ended = once(killed, 'exit');
      killed.kill('SIGKILL');
      await ended;
      for (const [event, count] of Object.entries(current))
        before[event] = (before[event] ?? 0) + count;
      current = {};
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stepClock(to) {
      ahead = to;
      if (child?.connected) child.send({ ahead });
    },
    deaths: () => deaths,
    counts() {
      const all = { ...before };
      for (const [event, count] of Object.entries(current)) all[event] = (all[event] ?? 0) + count;
      return all;
    },
  };
}
