import { defineConfig } from 'vitest/config';

const long = process.env.SOJOURN_LONG === '1';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/global-setup.ts',
    setupFiles: 'test/setup.ts',
    pool: 'forks',
    maxWorkers: '100%',
    testTimeout: long ? 900_000 : 180_000,
    hookTimeout: 180_000,
  },
});
