import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/guide/audit.md', root), 'utf8');

interface Asked {
  requirement: string;
  what: string;
  result: string;
}

test('the probes of the page for auditors hold on Sojourn, and the page has each of them', async () => {
  const program = fileURLToPath(new URL('bench/probes/main.js', root));
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    '--only',
    'Sojourn',
    '--json',
  ]);
  const asked = JSON.parse(stdout) as Asked[];
  expect(asked.filter(({ result }) => result !== 'holds')).toEqual([]);
  for (const { requirement, what } of asked)
    expect(page).toContain(`| ${requirement} | ${what} | yes |`);
});
