import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts a script of this folder with one argument, and waits for its first message. */
export async function start(script: string, argument: unknown): Promise<ChildProcess> {
  const child = fork(scriptPath(script), [JSON.stringify(argument)]);
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${script} ended: ${code}`))),
  ]);
  return child;
}

/** The path of a script of this folder. */
export function scriptPath(script: string): string {
  return fileURLToPath(new URL(script, import.meta.url));
}

/** Waits until a process ended, and fails unless it did so well. */
export async function finished(child: ChildProcess): Promise<void> {
  const code = child.exitCode ?? (await once(child, 'exit'))[0];
  if (code !== 0) throw new Error(`${child.spawnargs[1]} ended with ${code}`);
}

/** Ends a process at once, wherever it is. */
export async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
