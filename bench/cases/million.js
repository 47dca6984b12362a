import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** @import { Row } from '../measure.js' */

export const name = 'a million sessions';

export const SYSTEMS = ['sojourn memory', 'express-session MemoryStore', 'memorystore'];

const PROCESS = new URL('../million/process.js', import.meta.url).pathname;

/**
 * One process for each system, one after the other.
 * @param {string[]} systems
 * @param {(text: string) => void} progress
 * @returns {Promise<Row[]>}
 */
export async function run(systems, progress) {
  const rows = [];
  for (const system of systems) {
    progress(`${name}: ${system}`);
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--max-old-space-size=4096', PROCESS, system]);
    rows.push({
      case: name,
      system,
      action: 'insert and expire',
      cpuMicrosOverBare: null,
      requestsRatio: null,
      storeCommands: null,
      ...JSON.parse(stdout),
    });
  }
  return rows;
}
