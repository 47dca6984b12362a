import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Builds the app of a framework that is a package of its own here, with this package installed, in
 * a folder that is removed when the tests of the file have ended. `command` is a program of the
 * package and what it is given.
 */
export function builtApp(framework: string, [program = '', ...rest]: readonly string[]): string {
  mkdirSync(join(root, '.artifacts'), { recursive: true });
  const folder = mkdtempSync(join(root, '.artifacts', `${framework}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const source = join(root, 'test/frameworks', framework);
  cpSync(join(source, 'app'), folder, { recursive: true });
  const installed = join(folder, 'node_modules');
  mkdirSync(installed);
  for (const name of readdirSync(join(source, 'node_modules')))
    symlinkSync(join(source, 'node_modules', name), join(installed, name), 'junction');
  symlinkSync(root, join(installed, 'sojourn'), 'junction');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(source, 'node_modules', program), ...rest],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } },
  );
  if (status !== 0) throw new Error(`The build of ${framework} failed:\n${stdout}${stderr}`);
  return folder;
}
