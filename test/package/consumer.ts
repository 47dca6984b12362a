import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** The tarball as it would be published, in a folder of its own, and the files in it. */
export function pack(): { folder: string; tarball: string; files: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-package-'));
  const [report] = JSON.parse(
    npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder),
  );
  const files = report.files.map((file: { path: string }) => file.path).sort();
  return { folder, tarball: join(folder, report.filename), files };
}

/** A package of a user below `folder`, with `packages` installed. */
export function consumer(
  folder: string,
  name: string,
  manifest: Record<string, unknown>,
  ...packages: string[]
): string {
  const own = join(folder, name);
  mkdirSync(own);
  writeFileSync(join(own, 'package.json'), JSON.stringify({ name, private: true, ...manifest }));
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  npm(own, 'install', ...quiet, ...packages);
  return own;
}

export function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** The file behind a command of a package that is installed here. */
export function packageBin(name: string, command: string): string {
  const { bin } = JSON.parse(readFileSync(join(packageFolder(name), 'package.json'), 'utf8'));
  return join(packageFolder(name), bin[command]);
}

/** The npm that runs these tests, on the Node that runs them; without one, the npm of the path. */
export function npm(directory: string, ...parameters: string[]): string {
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js')
    ? run(directory, process.execPath, script, ...parameters)
    : run(directory, 'npm', ...parameters);
}

/** What a command writes. Throws with all that it wrote when it fails. */
export function run(directory: string, command: string, ...parameters: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, {
    cwd: directory,
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(`${command} ${parameters.join(' ')}\n${stdout}${stderr}`, { cause: error });
  return stdout;
}
