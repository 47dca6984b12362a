// Signals by process id, to a server and to the processes it has forked.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const hasProc = existsSync('/proc/self/stat');

/**
 * The parent comes first, so that it forks nothing that escapes.
 * @param {number} pid
 * @param {'SIGSTOP' | 'SIGCONT'} signal
 */
export function signalFamily(pid, signal) {
  signalIfRunning(pid, signal);
  for (const child of childrenOf(pid)) signalIfRunning(child, signal);
}

/**
 * @param {number} pid
 * @returns {number[]} Whom it killed.
 */
export function killFamily(pid) {
  signalIfRunning(pid, 'SIGSTOP');
  const family = [pid, ...childrenOf(pid)];
  for (const member of family) signalIfRunning(member, 'SIGKILL');
  return family;
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function signalIfRunning(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/**
 * A process that has ended and was not yet collected by its parent (a zombie) does not count.
 * @param {number} pid
 */
export function isRunning(pid) {
  if (hasProc) return /\) [^ZX]/.test(textOf(`/proc/${pid}/stat`));
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** @param {number} pid */
function childrenOf(pid) {
  const children = hasProc ? textOf(`/proc/${pid}/task/${pid}/children`) : childrenListed(pid);
  return children.split(/\s+/).filter(Boolean).map(Number);
}

/** @param {string} path Of a file that goes with its process. */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** @param {number} pid */
function childrenListed(pid) {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
