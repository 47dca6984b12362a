import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');

/**
 * Subpaths whose declarations speak of Node's own requests, events or keys, so that a TypeScript
 * user of them has @types/node.
 */
const needNodeTypes = [
  'node',
  'testing/node',
  'express',
  'express-session',
  'express3',
  'cookie-session',
  'fort',
  'ostro',
  'simples',
  'bridges/connect',
].map((name) => `./${name}`);

let folder: string;
let consumer: string;
let tarball: string;
let packed: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-package-'));
  const [report] = JSON.parse(
    npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder),
  );
  tarball = join(folder, report.filename);
  packed = report.files.map((file: { path: string }) => file.path).sort();

  consumer = join(folder, 'consumer');
  mkdirSync(consumer);
  writeFileSync(
    join(consumer, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  npm(
    consumer,
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    tarball,
  );
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the tarball holds each source compiled, the texts, and nothing else', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts'),
  );
  const compiled = sources.flatMap((name) =>
    ['.js', '.d.ts'].map((ending) => join('dist', name.replace(/\.ts$/, ending))),
  );
  expect(packed).toEqual(
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', ...compiled].sort(),
  );
});

test('no file of the tarball points to a source map that is not there', () => {
  const pointing = packed.filter((name) =>
    readFileSync(join(root, name), 'utf8').includes('//# sourceMappingURL='),
  );
  expect(pointing).toEqual([]);
});

test('installed alone, it brings only its declared dependencies', () => {
  const installed = readdirSync(join(consumer, 'node_modules')).filter(
    (name) => !name.startsWith('.'),
  );
  expect(installed.sort()).toEqual(['sojourn', ...Object.keys(manifest.dependencies)].sort());
});

test.each(subpaths)('installed alone, %s can be imported', (subpath) => {
  const names = run(
    consumer,
    process.execPath,
    '--input-type=module',
    '--eval',
    `console.log(Object.keys(await import('${specifier(subpath)}')))`,
  );
  expect(names).not.toBe('[]\n');
});

describe.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('types, module %s and moduleResolution %s', (module, moduleResolution) => {
  test('every subpath type-checks beside @types/node', () => {
    cpSync(packageFolder('@types/node'), join(consumer, 'node_modules/@types/node'), {
      recursive: true,
    });
    cpSync(packageFolder('undici-types'), join(consumer, 'node_modules/undici-types'), {
      recursive: true,
    });
    typeCheck(subpaths, { module, moduleResolution, types: ['node'], lib: ['es2023'] });
  });

  test('all but those for Node alone type-check without @types/node', () => {
    rmSync(join(consumer, 'node_modules/@types'), { recursive: true, force: true });
    const portable = subpaths.filter((subpath) => !needNodeTypes.includes(subpath));
    typeCheck(portable, { module, moduleResolution, types: [], lib: ['es2023', 'dom'] });
  });
});

test('publint, strict, has nothing to say', async () => {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const { messages } = await publint({
    strict: true,
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
  });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

test('are the types wrong? No', () => {
  run(
    root,
    process.execPath,
    packageBin('@arethetypeswrong/cli', 'attw'),
    tarball,
    '--profile',
    'esm-only',
    '--format',
    'ascii',
    '--no-color',
  );
});

function specifier(subpath: string): string {
  return `sojourn${subpath.slice(1)}`;
}

function typeCheck(imported: string[], compilerOptions: Record<string, unknown>): void {
  const lines = imported.map(
    (subpath, index) => `export * as import${index} from '${specifier(subpath)}';\n`,
  );
  writeFileSync(join(consumer, 'consumer.ts'), lines.join(''));
  const strict = {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(
    join(consumer, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files: ['consumer.ts'] }),
  );
  run(consumer, process.execPath, packageBin('typescript', 'tsc'), '-p', '.', '--pretty', 'false');
}

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

function packageBin(name: string, command: string): string {
  return join(
    packageFolder(name),
    JSON.parse(readFileSync(join(packageFolder(name), 'package.json'), 'utf8')).bin[command],
  );
}

/** The npm that runs these tests, on the Node that runs them; without one, the npm of the path. */
function npm(directory: string, ...parameters: string[]): string {
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js')
    ? run(directory, process.execPath, script, ...parameters)
    : run(directory, 'npm', ...parameters);
}

function run(directory: string, command: string, ...parameters: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, {
    cwd: directory,
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(`${command} ${parameters.join(' ')}\n${stdout}${stderr}`, { cause: error });
  return stdout;
}
