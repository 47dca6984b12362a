import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consumer, pack, packageBin, root, run } from './consumer.js';
import { link, type Page, pageOf, start, submit, type Visit, writeFiles } from './stranger.js';

// For each framework that is built first: an app as its generator makes it (the files of examples/
// that its page does not have), the files of the page, a build, a login and a logout. The path of
// Next is in test/frameworks/next-page.test.ts.

interface Path {
  readonly name: string;
  /** When it is not that of the name. */
  readonly page?: string;
  /** Commands, each as the file in node_modules and what it is given. */
  readonly steps: readonly (readonly string[])[];
  readonly server: readonly string[];
}

const PATHS: readonly Path[] = [
  {
    name: 'react-router',
    steps: [
      ['@react-router/dev/bin.cjs', 'build'],
      ['@react-router/dev/bin.cjs', 'typegen'],
    ],
    server: ['@react-router/serve/bin.cjs', 'build/server/index.js'],
  },
  {
    name: 'sveltekit',
    steps: [['vite/bin/vite.js', 'build']],
    server: ['vite/bin/vite.js', 'preview', '--strictPort', '--port'],
  },
  {
    name: 'astro',
    steps: [['astro/bin/astro.mjs', 'build', '--silent']],
    server: ['../dist/server/entry.mjs'],
  },
  {
    name: 'nuxt',
    page: 'h3',
    steps: [['nuxt/bin/nuxt.mjs', 'build']],
    server: ['../.output/server/index.mjs'],
  },
];

const isOldNode = Number.parseInt(process.versions.node, 10) < 22;
const skipped = isOldNode ? ' (skipped: needs Node 22)' : '';
let made: ReturnType<typeof pack>;

beforeAll(() => {
  if (isOldNode) return;
  made = pack();
  // The apps are folders in this one, so that they find what it has installed.
  consumer(made.folder, 'shared', {}, made.tarball);
}, 120_000);

afterAll(() => {
  if (!isOldNode) rmSync(made.folder, { recursive: true, force: true });
});

for (const { name, page = name, steps, server } of PATHS)
  test.skipIf(isOldNode)(`${name}, from its page to a login and a logout${skipped}`, async () => {
    const folder = join(made.folder, 'shared', name);
    const bin = (file: string) => join(folder, 'node_modules', file);
    create(folder, name, pageOf(`adapters/${page}.md`));
    for (const [file = '', ...rest] of steps) run(folder, process.execPath, bin(file), ...rest);
    run(folder, process.execPath, packageBin('typescript', 'tsc'), '-p', '.', '--noEmit');
    const [program = '', ...parameters] = server;
    await greets(await start(folder, process.execPath, [bin(program), ...parameters]));
  });

/** Makes the app, with the packages that its generator installs and those that the page names. */
function create(folder: string, name: string, page: Page): void {
  const source = join(root, 'examples', name);
  cpSync(source, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  for (const file of page.files().keys()) rmSync(join(folder, file));
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(source, 'package.json'), 'utf8'),
  );
  const packages = Object.keys({ ...dependencies, ...devDependencies });
  link(
    folder,
    packages.filter((each) => each !== 'sojourn'),
    [name],
  );
  writeFiles(folder, page.files());
}

async function greets(visit: Visit): Promise<void> {
  expect(await visit('/')).toContain('nobody, visit number 1.');
  const before = await visit('/');
  expect(before).toContain('nobody, visit number 2.');
  expect(before).not.toContain('Welcome!');
  expect(await submit(visit, before, 'Log in', { name: 'ada' })).toContain(
    'ada, visit number 3. Welcome!',
  );
  const after = await visit('/');
  expect(after).toContain('ada, visit number 4.');
  expect(after).not.toContain('Welcome!');
  expect(await submit(visit, after, 'Log out')).toContain('nobody, visit number 1.');
}
