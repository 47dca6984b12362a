/*
 * The TypeScript in README.md and docs/ is compiled and run as a reader would write it:
 *
 * - `ts` is a module of its own; `ts continued` goes on with the module above; `ts check` is
 *   compiled and not run. `ts lib/session.ts` and `tsx app/page.tsx` are files of an app, which the
 *   test of its framework builds.
 * - `expression; // -> value`, also after `const name = `, is what the expression gives, and is
 *   compared.
 * - A server gets a free port and one `GET /`, see answer-once.js; not in a module that is a test
 *   itself.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linkFrameworks } from '../frameworks/link.js';
import { type DocModule, docAnchors, docLinks, docModules, docPages } from './code-blocks.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = docPages(root);
const modules = pages.flatMap((page) => docModules(root, page));
const runs = modules
  .filter(({ isRun }) => isRun)
  .map((module) => [nameOf(module), module] as const);
const answerOnce = new URL('answer-once.js', import.meta.url).href;
/** What a reader has, without what this test runner added. */
const { NODE_ENV: _, VITEST: __, ...outside } = process.env;

let folder: string;
let compiled: { status: number | null; output: string };

beforeAll(() => {
  // Inside the repository, so that 'sojourn/...' is this package.
  mkdirSync(join(root, '.artifacts'), { recursive: true });
  folder = mkdtempSync(join(root, '.artifacts', 'docs-'));
  linkFrameworks(folder);
  compiled = compile();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the code of the docs compiles', () => {
  expect(compiled).toEqual({ status: 0, output: '' });
});

test.concurrent.each(runs)('%s runs', async (_name, module) => {
  const { code, output } = await run(module);
  expect(code, output).toBe(0);
});

test('links between the pages lead somewhere', () => {
  const anchors = new Map(pages.map((page) => [page, docAnchors(root, page)]));
  const broken = pages.flatMap((page) =>
    docLinks(root, page).filter(({ target, anchor }) => !leads(target, anchor)),
  );
  expect(broken).toEqual([]);

  function leads(target: string, anchor: string): boolean {
    return anchor === ''
      ? existsSync(join(root, target))
      : anchors.get(target)?.includes(anchor) === true;
  }
});

function nameOf({ page, line }: DocModule): string {
  return `${page}:${line}`;
}

/**
 * The path of a module in the folder, without its ending. A compiler error reads
 * `docs/guide/data.md.12.ts(14,3)`: line 14 of the page.
 */
function stem({ page, line }: DocModule): string {
  return join(folder, `${page}.${line}`);
}

/**
 * Compiles each module as a program of its own: what one declares globally is not seen by the
 * others.
 */
function compile(): typeof compiled {
  for (const module of modules) {
    const path = stem(module);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.ts`, module.source);
    writeFileSync(`${path}.json`, JSON.stringify(projectOf(path)));
  }
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const projects = modules.map((module) => `${stem(module)}.json`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '-b', ...projects], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

function projectOf(path: string): object {
  const compilerOptions = {
    noEmit: false,
    declaration: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    skipLibCheck: true,
    rootDir: folder,
    outDir: folder,
  };
  return {
    extends: relative(dirname(path), join(root, 'tsconfig.json')),
    compilerOptions,
    include: [],
    files: [`${path}.ts`],
  };
}

/** Runs a compiled module in a folder of its own. */
function run(module: DocModule): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, commandOf(module), {
    cwd: mkdtempSync(join(folder, 'run-')),
    env: { ...outside, SESSION_SECRET: 'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code, output }));
  });
}

function commandOf(module: DocModule): string[] {
  const path = `${stem(module)}.js`;
  return module.source.includes("from 'node:test'") ? [path] : ['--import', answerOnce, path];
}
