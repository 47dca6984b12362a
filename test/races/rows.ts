import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { RACES } from '../../bench/races/races.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** `npm run races` on the dist/ that is there. */
export function run(...options: string[]): {
  status: number | null;
  stdout: string;
  stderr: string;
} {
  return spawnSync(process.execPath, ['bench/races/main.js', ...options], {
    cwd: root,
    encoding: 'utf8',
  });
}

/** Every race on a row of ours, by the program itself. */
export function expectClean(store: string, adapter: string, trials: number): void {
  const { status, stdout, stderr } = run(
    '--json',
    '--trials',
    String(trials),
    '--only',
    `Sojourn ${store} ${adapter}`,
  );
  expect(stderr).toBe('');
  const rows = RACES.map(({ name }) => ({
    system: 'sojourn',
    store,
    adapter,
    race: name,
    trials,
    lost: 0,
    revived: 0,
    signedOut: 0,
    survivors: 0,
  }));
  expect(JSON.parse(stdout)).toEqual(rows);
  expect(status).toBe(0);
}
