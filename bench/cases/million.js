import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** @import { Row } from '../measure.js' */

export const MILLION_CASE = { name: 'a million sessions' };

const SYSTEMS = ['sojourn memory', 'express-session MemoryStore', 'memorystore'];
const ACTION = 'insert and expire';
const PROCESS = fileURLToPath(new URL('../million/process.js', import.meta.url));

/**
 * One process for each system, one after the other.
 * @param {(system: string, action: string) => boolean} isWanted
 * @param {(text: string) => void} progress
 * @returns {Promise<Row[]>}
 */
export async function runMillionCase(isWanted, progress) {
  /** @type {Row[]} */
  const rows = [];
  for (const system of SYSTEMS.filter((candidate) => isWanted(candidate, ACTION))) {
    progress(`${MILLION_CASE.name}: ${system}`);
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      '--max-old-space-size=4096',
      PROCESS,
      system,
    ]);
    rows.push({
      case: MILLION_CASE.name,
      system,
      action: ACTION,
      cpuMicrosOverBare: null,
      requestsRatio: null,
      storeCommands: null,
      ...JSON.parse(stdout),
    });
  }
  return rows;
}
