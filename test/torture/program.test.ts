import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Result } from '../../bench/torture/run.js';
import { findServer } from '../../scripts/servers/index.js';

const redis = await findServer('redis');
const SECONDS = process.env.SOJOURN_LONG === '1' ? '60' : '5';

/** `npm run torture` on the dist/ that is there. */
function torture(...options: string[]) {
  return spawnSync(process.execPath, ['bench/torture/main.js', ...options], { encoding: 'utf8' });
}

function resultOf({ stdout, stderr }: ReturnType<typeof torture>): Result {
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Result;
}

test.skipIf(!redis.available)(
  'F-04 nothing contradicts, whatever befalls the processes, the network and Redis',
  () => {
    const ran = torture('--store', 'redis', '--seconds', SECONDS, '--json');
    const { contradictions, deaths, ok, tokens } = resultOf(ran);
    expect(contradictions).toEqual([]);
    expect(deaths).toBe(0);
    expect(ok).toBeGreaterThan(20);
    expect(tokens).toBeGreaterThan(1);
    expect(ran.status).toBe(0);
  },
);

test('F-04 the checker finds what a store without conditional writes loses', () => {
  const ran = torture(
    '--store',
    'file',
    '--seconds',
    SECONDS,
    '--rate',
    '40',
    '--broken',
    '--json',
  );
  const kinds = new Set(resultOf(ran).contradictions.map(({ kind }) => kind));
  expect(kinds).toContain('lost');
  expect(ran.status).toBe(1);
});

test('wrong options are named', () => {
  expect(torture('--help').stdout).toContain('npm run torture -- [options]');
  const unknown = torture('--store', 'paper');
  expect(unknown.stderr).toContain('There is no store paper here.');
  expect(unknown.status).toBe(2);
  expect(torture('--seed', 'x').stderr).toContain('--seed is x. Give a whole number above 0.');
});
