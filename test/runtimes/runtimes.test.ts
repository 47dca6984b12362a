import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { findRuntime } from '../../scripts/runtimes.js';
import { sharedServer } from '../servers.js';
import { bundle } from './bundle.js';
import type { SuiteResult } from './programs/run-cases.js';
import { type Suite, suites } from './suites.js';

const run = promisify(execFile);
const program = await bundle('main');
const runsLong = process.env.SOJOURN_LONG === '1';

const { workerd: _bundled, ...others } = suites;
for (const [name, list] of Object.entries(others) as [keyof typeof others, readonly Suite[]][]) {
  const runtime = findRuntime(name);
  if (!runtime.available) {
    test.skip(`${name}: ${runtime.reason}`, () => undefined);
    continue;
  }
  const { command, options, version } = runtime;
  describe(`${name} ${version}`, () => {
    for (const { kind, name: suite, server, isLong = false } of list) {
      test.skipIf(isLong && !runsLong)(`the ${kind} suite passes for ${suite}`, async (context) => {
        const found = server && (await sharedServer(server));
        if (found?.available === false) return context.skip(found.reason);
        const parameters = [...options, program, kind, suite, found?.url ?? ''];
        const { stdout } = await run(command, parameters, {
          timeout: runsLong ? 600_000 : 120_000,
        });
        const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as SuiteResult;
        expect(result.failures).toEqual([]);
        expect(result.passed).toBeGreaterThan(50);
      });
    }
  });
}

const bun = findRuntime('bun');
test.skipIf(!bun.available)('clients of Bun that no store takes are refused by name', async () => {
  if (!bun.available) return;
  const { stdout } = await run(bun.command, [await bundle('bun-refusals')]);
  expect(JSON.parse(stdout)).toEqual([
    expect.stringMatching(/^SessionError: client is a Bun.SQL of mysql. Give a Pool of pg/),
    expect.stringMatching(/^SessionError: client is a Bun.SQL of mysql. Give a pool of mysql2/),
    expect.stringMatching(/^SessionError: database is a Bun.SQL of sqlite. Give .* bun:sqlite/),
    expect.stringMatching(/^SessionError: client is a RedisClient. Give a client/),
  ]);
});

const deno = findRuntime('deno');
test.skipIf(!deno.available)('Deno needs no permission for sessions in memory', async () => {
  if (!deno.available) return;
  const parameters = ['run', '--no-prompt', await bundle('bare', { isWhole: true })];
  const { stdout } = await run(deno.command, parameters);
  expect(stdout).toBe('2\n');
});
