import { defineConfig } from 'vitest/config';

const long = process.env.SOJOURN_LONG === '1';

/**
 * Small files over the core alone share a process: most of their time is the import of the core.
 * One of them replaces a module, so it has a process of its own.
 */
const SHARED = ['test/{codecs,core,data}/**/*.test.ts', 'test/security/!(token-timing).test.ts'];

/**
 * What a release needs: the packed package, and frameworks that are built first. `npm run
 * test:release`, and CI, run it; `npm test` does not.
 */
const RELEASE = [
  'test/dbsc/example.test.ts',
  'test/live/two-processes.test.ts',
  'test/package/{commonjs,paths,strangers,tarball}.test.ts',
  'test/frameworks/{astro,elysia,next,nitro,sveltekit}.test.ts',
];

/**
 * The rest of that, which does not depend on the Node that runs it: browsers, the site, other
 * runtimes, programs of their own. CI runs it on one Node.
 */
const ONCE = [
  'test/{examples,runtimes,site}/**/*.test.ts',
  'test/{admin,dbsc}/browser.test.ts',
  'test/frameworks/{next-page,prometheus}.test.ts',
  'test/package/{built-paths,types}.test.ts',
  'test/races/more-rows.test.ts',
  'test/torture/program.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: '100%',
    projects: [
      project('shared', false, SHARED, []),
      project('alone', true, ['test/**/*.test.ts'], [...SHARED, ...RELEASE, ...ONCE]),
      project('release', true, RELEASE, []),
      project('once', true, ONCE, []),
    ],
  },
});

function project(name: string, isolate: boolean, include: string[], exclude: string[]) {
  return {
    // For the tests of Nest, whose users write decorators of this kind.
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    test: {
      name,
      isolate,
      include,
      exclude: ['**/node_modules/**', ...exclude],
      globalSetup: 'test/global-setup.ts',
      setupFiles: 'test/setup.ts',
      testTimeout: long ? 900_000 : 180_000,
      hookTimeout: 180_000,
    },
  };
}
