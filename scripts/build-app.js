import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * Builds an app of a framework, with this package installed.
 * @param {string} source the folder of the app
 * @param {import('./install-package.js').Frameworks} packages the folder whose packages it has
 * @param {readonly string[]} command a file in node_modules, and what it is given
 * @returns {string} a new folder with the app and what was built; the caller removes it
 */
export function buildApp(source, packages, [program = '', ...parameters]) {
  // Inside the repository: some tools read no file outside of its root.
  mkdirSync(join(root, '.artifacts'), { recursive: true });
  const folder = mkdtempSync(join(root, '.artifacts', `${basename(source)}-`));
  cpSync(source, folder, { recursive: true });
  const theirs = join(root, packages, 'node_modules');
  const installed = join(folder, 'node_modules');
  mkdirSync(installed);
  for (const name of readdirSync(theirs))
    symlinkSync(join(theirs, name), join(installed, name), 'junction');
  symlinkSync(root, join(installed, 'sojourn'), 'junction');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(installed, program), ...parameters],
    {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        REPOSITORY: root,
      },
    },
  );
  if (status !== 0) throw new Error(`The build of ${source} failed:\n${stdout}${stderr}`);
  return folder;
}
