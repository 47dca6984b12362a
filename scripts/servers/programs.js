// The servers' binaries: found on the machine, else installed where that is possible.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @import { Binary, Program } from './types.js' */

const here = dirname(fileURLToPath(import.meta.url));
const tools = join(here, '../../.tools');
const folders = [
  '/usr/sbin',
  '/usr/lib/postgresql/*/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/opt/*/bin',
  '/usr/local/opt/*/bin',
];

/**
 * Finds the program, or installs it; what an installation does goes to stderr.
 * @param {Program} program
 * @returns {Promise<Binary | undefined>} Nothing when it can be had in no way; why is on stderr.
 */
export async function findOrInstall(program) {
  const { command, script, file = '', debianPackage, download } = program;
  const onDebian = existsSync('/usr/bin/apt-get');
  const found = find(program);
  if (found) return found;
  if (onDebian && script) await install(command, script, join(tools, dirname(file)));
  else if (onDebian && debianPackage && process.getuid?.() === 0)
    await install(command, 'debian-packages.sh', debianPackage);
  return find(program) ?? (download && (await downloaded(command, download)));
}

/**
 * @param {Program} program
 * @returns {Binary | undefined}
 */
function find({ command, file, version: stated, minimum = 0 }) {
  const searched = [...(process.env.PATH ?? '').split(delimiter), ...folders.flatMap(expand)].map(
    (folder) => join(folder, command),
  );
  for (const path of [...searched, ...(file ? [join(tools, file)] : [])]) {
    const version = existsSync(path) ? (stated ?? versionOf(path)) : undefined;
    if (version && (minimum === 0 || Number.parseInt(version, 10) >= minimum))
      return { path, version };
  }
  return undefined;
}

/** @param {string} pattern A folder; a `*` in it stands for one name. The newest first. */
function expand(pattern) {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return [pattern];
  if (!existsSync(before)) return [];
  const names = readdirSync(before).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return names.map((name) => join(before, name, after));
}

/** @param {string} path */
function versionOf(path) {
  try {
    const answer = execFileSync(path, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /[ v=](\d+(?:\.\d+)*)/.exec(answer)?.[1];
  } catch {
    return undefined;
  }
}

/**
 * One installation runs at a time: another process that wants the same waits, and then finds it
 * done.
 * @param {string} wanted
 * @param {string} script
 * @param {string} target
 */
async function install(wanted, script, target) {
  mkdirSync(tools, { recursive: true });
  const began = Date.now();
  console.error(`Installing ${wanted} (${script}) ...`);
  const child = spawn(
    'flock',
    [join(tools, 'install.lock'), 'bash', join(here, 'install', script), target],
    {
      stdio: ['ignore', 2, 2],
    },
  );
  const [status] = await once(child, 'exit');
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.error(
    status === 0
      ? `Installed ${wanted} in ${seconds} s.`
      : `Could not install ${wanted}: ${script} ended with status ${status}.`,
  );
}

/**
 * @param {string} command
 * @param {() => Promise<string>} download
 */
async function downloaded(command, download) {
  try {
    console.error(`Downloading ${command} ...`);
    const path = await download();
    return { path, version: versionOf(path) ?? 'unknown' };
  } catch (error) {
    console.error(`Could not download ${command}: ${error}`);
    return undefined;
  }
}
