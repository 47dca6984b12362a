import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { findRuntime } from '../../scripts/runtimes.js';
import { consumer, pack } from './consumer.js';
import {
  compile,
  greetsInAndOut,
  link,
  logsInAndOut,
  pageOf,
  start,
  type Visit,
  writeFiles,
} from './stranger.js';

// For each adapter whose page has its program in one block: the packages that the page names, that
// block, a login and a logout. The frameworks that need a build are in built-paths.test.ts.

interface Path {
  readonly page: string;
  /** A word of the program, where the page has more than one that logs out. */
  readonly word?: string;
  /** What the page names in its text alone. */
  readonly packages?: readonly string[];
  readonly walk?: (visit: Visit) => Promise<void>;
  readonly compilerOptions?: Record<string, unknown>;
  readonly isOnBun?: boolean;
  /** The oldest Node that the framework runs on. */
  readonly node?: number;
}

const PATHS: readonly Path[] = [
  { page: 'node' },
  { page: 'express' },
  { page: 'fastify' },
  { page: 'koa' },
  { page: 'hono' },
  { page: 'h3' },
  { page: 'h3', word: 'h3v1', packages: ['h3v1'] },
  { page: 'hapi' },
  {
    page: 'nestjs',
    walk: greetsInAndOut,
    compilerOptions: { experimentalDecorators: true, emitDecoratorMetadata: true },
  },
  { page: 'polka' },
  { page: 'restify', node: 22 },
  { page: 'elysia', walk: greetsInAndOut, isOnBun: true },
  { page: 'fetch', isOnBun: true },
];

const bun = findRuntime('bun');
let made: ReturnType<typeof pack>;

beforeAll(() => {
  made = pack();
  // The apps are folders in this one, so that they find what it has installed.
  consumer(made.folder, 'shared', {}, made.tarball);
}, 120_000);

afterAll(() => rmSync(made.folder, { recursive: true, force: true }));

function reasonToSkip({ isOnBun, node = 0 }: Path): string | undefined {
  if (isOnBun && !bun.available) return bun.reason;
  if (Number.parseInt(process.versions.node, 10) < node) return `needs Node ${node}`;
  return undefined;
}

for (const path of PATHS) {
  const reason = reasonToSkip(path);
  const { page: name, word = 'logout()', packages = [] } = path;
  const program = path.word === undefined ? name : `${name}, ${word}`;
  const title = `${program}, from docs/adapters/${name}.md to a login and a logout`;
  test.skipIf(reason)(reason ? `${title} (skipped: ${reason})` : title, async () => {
    const page = pageOf(`adapters/${name}.md`);
    const folder = join(made.folder, 'shared', program);
    mkdirSync(folder);
    const named = page.packages().filter((each) => each !== 'sojourn');
    link(folder, [...new Set([...named, ...packages, '@types/node'])]);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFiles(folder, [['app.ts', page.block('ts', word)]]);
    compile(folder, path.compilerOptions);
    const visit =
      path.isOnBun && bun.available
        ? await start(folder, bun.command, ['run', 'app.ts'])
        : await start(folder, process.execPath, ['app.js']);
    await (path.walk ?? logsInAndOut)(visit);
  });
}
