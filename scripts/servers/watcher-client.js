// Tells the watcher, a process that outlives this one by a moment, what to end and remove when this
// one has ended in whatever way.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ pid: number, signal: NodeJS.Signals } | { ended: number } | { folder: string } | {
 * container: string }} Message
 */

/** @type {import('node:stream').Writable | undefined} */
let pipe;

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal Asks it to shut down; one that does not is killed.
 */
export function endWithThisProcess(pid, signal) {
  tell({ pid, signal });
}

/** @param {number} pid */
export function endsNoLonger(pid) {
  tell({ ended: pid });
}

/** @param {string} folder */
export function removeWithThisProcess(folder) {
  tell({ folder });
}

/** @param {string} container Id of a Docker container. */
export function removeContainerWithThisProcess(container) {
  tell({ container });
}

/** @param {Message} message */
function tell(message) {
  pipe ??= startWatcher();
  pipe.write(`${JSON.stringify(message)}\n`);
}

/** The pipe closes with this process, and so the watcher learns of its end. */
function startWatcher() {
  const watcher = spawn(
    process.execPath,
    [fileURLToPath(new URL('./watcher.js', import.meta.url))],
    {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  );
  watcher.unref();
  const { stdin } = watcher;
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  return stdin;
}
