import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('./', import.meta.url);

/**
 * Installs the site's tools here in site/, unless what is there is as new as the lock file. Says so
 * on stderr.
 */
export function installTools() {
  const installed = statSync(new URL('node_modules/.package-lock.json', folder), {
    throwIfNoEntry: false,
  });
  const locked = statSync(new URL('package-lock.json', folder));
  if (installed !== undefined && installed.mtimeMs >= locked.mtimeMs) return;
  console.error(
    "Installing the site's tools in site/node_modules (npm ci), which takes some seconds ...",
  );
  const { status, error } = spawnSync('npm ci --loglevel=error --no-audit --no-fund', {
    cwd: fileURLToPath(folder),
    shell: true,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0)
    throw new Error('npm ci in site/ failed, see above. Is the registry reachable?', {
      cause: error,
    });
}
