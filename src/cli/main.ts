#!/usr/bin/env node
import { ExitCode } from './exit-code.js';
import { run } from './run.js';

const interrupt = new AbortController();
process.once('SIGINT', () => {
  interrupt.abort();
  // The first asks for an orderly end; whoever presses again does not want to wait for it.
  process.once('SIGINT', () => process.exit(ExitCode.interrupted));
});
// Whoever read our output has seen enough: `sojourn list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? ExitCode.done : ExitCode.failed),
);

const code = await run(process.argv.slice(2), interrupt.signal);
// A client that a configuration opened for itself would keep the process alive.
process.stdout.write('', () => process.exit(code));
