import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  consumer as createConsumer,
  pack,
  packageBin,
  packageFolder,
  root,
  run,
} from './consumer.js';

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
  'bridges/fastify-session',
  'bridges/koa-session',
  'admin',
  'devices',
  'dbsc',
].map((name) => `./${name}`);

let folder: string;
let consumer: string;
let tarball: string;
let packed: string[];

beforeAll(() => {
  const made = pack();
  ({ folder, tarball, files: packed } = made);
  consumer = createConsumer(folder, 'consumer', { type: 'module' }, tarball);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the tarball holds each source compiled, the texts, and nothing else', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts'),
  );
  const compiled = sources.flatMap((name) =>
    ['.js', '.d.ts'].map((ending) => name.replace(/\.ts$/, ending)),
  );
  const inCommonJs = compiled.filter((name) => !name.startsWith('cli/'));
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter(
    // Pages, the dashboard and alerts of the guide, and what `npx sojourn report` reads.
    (name) => /\.(?:md|json|yml)$/.test(name),
  );
  const others = packed.filter((name) => !name.startsWith('dist/cjs/vendor/devalue/'));
  expect(others).toEqual(
    [
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'CONVENTIONS.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'package.json',
      'bench/RESULTS.md',
      ...pages.map((name) => join('docs', name)),
      'dist/cjs/package.json',
      ...compiled.map((name) => join('dist', name)),
      ...inCommonJs.map((name) => join('dist/cjs', name)),
    ].sort(),
  );
  expect(packed).toContain('dist/cjs/vendor/devalue/LICENSE');
});

test('every link of the README leads to a file of the tarball', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const links = [...readme.matchAll(/\]\((?!https:)([^)#]+)/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) expect(packed).toContain(link);
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
