import { defineConfig } from 'vitest/config';

const long = process.env.SOJOURN_LONG === '1';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: '100%',
    testTimeout: long ? 600_000 : 30_000,
    hookTimeout: long ? 120_000 : 30_000,
  },
});
