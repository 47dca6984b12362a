import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A small disk of its own, which can be filled.
 * @typedef {object} Disk
 * @property {string} directory
 * @property {() => Promise<void>} fill
 * @property {() => Promise<void>} free
 * @property {() => void} remove
 */

const SIZE = 48_000_000;
const PIECE = 64_000;

/** `undefined` where this process may not mount one. @returns {Disk | undefined} */
export function createDisk() {
  const directory = mkdtempSync(join(tmpdir(), 'sojourn-torture-'));
  const options = ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'sojourn-torture', directory];
  if (spawnSync('mount', options).status !== 0) {
    rmdirSync(directory);
    return undefined;
  }
  const ballast = join(directory, 'ballast');
  const remove = () => {
    process.off('exit', remove);
    spawnSync('umount', ['--lazy', directory]);
    rmdirSync(directory);
  };
  process.once('exit', remove);
  return {
    directory,
    async fill() {
      try {
        for (let size = PIECE; size < 2 * SIZE; size += PIECE)
          await writeFile(ballast, 'x'.repeat(PIECE), { flag: 'a' });
      } catch {
        // It is full.
      }
    },
    free: () => rm(ballast, { force: true }),
    remove,
  };
}
