// Other runtimes for the tests, as npm has them: each in a folder of its own below .tools.
// `node scripts/runtimes.js` installs those that are missing.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {keyof typeof runtimes} RuntimeName */
/**
 * @typedef {{ available: true, command: string, options: readonly string[], version: string }
 *   | { available: false, reason: string }} Runtime
 */

const tools = fileURLToPath(new URL('../.tools/', import.meta.url));
const node = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

const runtimes = {
  bun: { install: 'bun@1', file: 'bun/bin/bun.exe', options: [] },
  deno: { install: 'deno@2', file: '.bin/deno', options: ['run', '-A'] },
  workerd: { install: 'workerd@1', file: '.bin/workerd', options: [] },
  node22: { install: `${node}@22`, file: `${node}/bin/node`, options: [] },
  node26: { install: `${node}@26`, file: `${node}/bin/node`, options: [] },
};

/** Installs the runtimes that are missing, all at once. What fails is told on stderr. */
export async function installRuntimes() {
  await Promise.all(
    Object.entries(runtimes).map(async ([name, { install, file }]) => {
      if (existsSync(pathOf(name, file))) return;
      console.error(`Installing ${install} in .tools/${name} ...`);
      const options = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
      const command = ['npm', 'install', '--prefix', join(tools, name), ...options, install];
      const child = spawn(command.join(' '), { shell: true, stdio: ['ignore', 2, 2] });
      const [status] = await once(child, 'exit');
      if (status !== 0) console.error(`Could not install ${install}, see above.`);
    }),
  );
}

/**
 * How to start a runtime here.
 * @param {RuntimeName} name
 * @returns {Runtime}
 * @throws {Error} It cannot be had, and `CI` is set: there no test may be skipped.
 */
export function findRuntime(name) {
  const { file, options } = runtimes[name];
  const command = pathOf(name, file);
  try {
    const answer = execFileSync(command, ['--version'], { encoding: 'utf8' });
    return { available: true, command, options, version: /\d[\d.-]*/.exec(answer)?.[0] ?? '' };
  } catch (error) {
    const reason = `${name} does not run here (${error instanceof Error ? error.message : error}). \`node scripts/runtimes.js\` installs it.`;
    if (process.env.CI) throw new Error(reason, { cause: error });
    return { available: false, reason };
  }
}

/**
 * @param {string} name
 * @param {string} file
 */
function pathOf(name, file) {
  return join(tools, name, 'node_modules', file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await installRuntimes();
