import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/** @typedef {`test/frameworks${'' | '/astro' | '/next' | '/nuxt' | '/react-router' | '/sveltekit'}`} Frameworks */

/**
 * Installs the package in a folder of this repository, unless what is there is as new as the lock
 * file. Says so on stderr.
 * @param {'bench' | 'bench/probes' | 'site' | Frameworks} folder
 */
export function installPackage(folder) {
  const place = new URL(`${folder}/`, root);
  const installed = statSync(new URL('node_modules/.package-lock.json', place), {
    throwIfNoEntry: false,
  });
  const locked = statSync(new URL('package-lock.json', place));
  if (installed !== undefined && installed.mtimeMs >= locked.mtimeMs) return;
  console.error(`Installing the packages of ${folder} (npm ci), which takes some seconds ...`);
  // Some of them ask for a newer Node than they are used with here: warnings are left out.
  const { status, error } = spawnSync('npm ci --loglevel=error --no-audit --no-fund', {
    cwd: fileURLToPath(place),
    shell: true,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0)
    throw new Error(`npm ci in ${folder} failed, see above. Is the registry reachable?`, {
      cause: error,
    });
}
