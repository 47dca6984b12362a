// Reads what to end and remove, a JSON object a line; does it when its input ends, which it does
// with the process that started it.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, killFamily, signalFamily, signalIfRunning } from './signals.js';

const patience = 5000;

/** @type {Map<number, NodeJS.Signals>} */
const processes = new Map();
/** @type {Set<string>} */
const folders = new Set();
/** @type {Set<string>} */
const containers = new Set();

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  /** @type {import('./watcher-client.js').Message} */
  const message = JSON.parse(line);
  if ('pid' in message) processes.set(message.pid, message.signal);
  else if ('ended' in message) processes.delete(message.ended);
  else if ('folder' in message) folders.add(message.folder);
  else containers.add(message.container);
}

for (const [pid, signal] of processes) {
  signalFamily(pid, 'SIGCONT');
  signalIfRunning(pid, signal);
}
const deadline = Date.now() + patience;
const remaining = () => [...processes.keys()].filter(isRunning);
while (remaining().length > 0 && Date.now() < deadline) await sleep(20);
for (const pid of remaining()) killFamily(pid);
while (remaining().length > 0 && Date.now() < deadline + patience) await sleep(20);
for (const container of containers)
  execFileSync('docker', ['rm', '--force', '--volumes', container], { stdio: 'ignore' });
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
