import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { evidence } from '../../scripts/evidence.js';
import type { Chapter, Line } from '../../src/cli/report/report.js';
import { createWorkplace, type Workplace } from './cli.js';

let workplace: Workplace;
beforeEach(() => {
  workplace = createWorkplace();
});
afterEach(() => {
  workplace.remove();
});

async function report(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; lines: ReadonlyMap<string, Line> }> {
  const { code, stdout } = await workplace.run(['report', '--json', ...flags], env);
  const { chapters } = JSON.parse(stdout) as { chapters: readonly Chapter[] };
  const lines = chapters.flatMap((chapter) => chapter.lines);
  return { code, lines: new Map(lines.map((line) => [line.id, line])) };
}

function openOf(lines: ReadonlyMap<string, Line>): string[] {
  return [...lines.values()].filter(({ status }) => status === 'open').map(({ id }) => id);
}

test('with a store and the defaults, nothing is left open', async () => {
  const { code, lines } = await report(['--driver', 'sqlite']);
  expect(openOf(lines)).toEqual([]);
  expect(code).toBe(0);
  expect(lines.get('ASVS 7.2.3')?.status).toBe('default');
  expect(lines.get('ASVS 7.5.3')?.status).toBe('application');
  expect(lines.get('NIST 63B-4 5.2 a')?.says).toContain('AAL1');
});

test('every requirement of ASVS V7 is there', async () => {
  const { lines } = await report(['--driver', 'sqlite']);
  const sizes = [3, 4, 2, 5, 3, 2];
  const numbers = sizes.flatMap((size, section) =>
    Array.from({ length: size }, (_, at) => `ASVS 7.${section + 1}.${at + 1}`),
  );
  expect([...lines.keys()]).toEqual(expect.arrayContaining(numbers));
});

test('a sealed cookie cannot be ended, and the report says so', async () => {
  const { code, lines } = await report(['--driver', 'cookie'], {
    SOJOURN_SECRET: 'f2f9f3c1a0b5447a8f1be5c20c6b8d3e9a71',
  });
  expect(openOf(lines)).toEqual([
    'ASVS 7.2.4',
    'ASVS 7.4.1',
    'ASVS 7.4.2',
    'ASVS 7.4.3',
    'ASVS 7.4.5',
    'ASVS 7.5.2',
    'NIST 63B-4 5.1 b',
  ]);
  expect(code).toBe(1);
  expect(lines.get('ASVS 7.4.1')?.says).toContain('revocations');
});

test.each([
  [
    'SOJOURN_SECURE',
    'false',
    ['ASVS 3.3.1', 'ASVS 3.3.3', 'NIST 63B-4 5.1 c', 'NIST 63B-4 5.1.1 b'],
  ],
  ['SOJOURN_SECURE', 'auto', ['ASVS 3.3.1', 'NIST 63B-4 5.1 c', 'NIST 63B-4 5.1.1 b']],
  ['SOJOURN_HTTP_ONLY', 'false', ['ASVS 3.3.4', 'NIST 63B-4 5.1.1 b']],
  ['SOJOURN_SAME_SITE', 'none', ['ASVS 3.3.2', 'NIST 63B-4 5.1.1 b', 'RFC 6265bis 8.2']],
  ['SOJOURN_COOKIE', 'plain', ['ASVS 3.3.1', 'ASVS 3.3.3', 'NIST 63B-4 5.1.1 b']],
  ['SOJOURN_IDLE_TIMEOUT', '30d', ['ASVS 7.3.1']],
  ['SOJOURN_LIFETIME', '90d', ['NIST 63B-4 5.2 a']],
])('%s=%s leaves requirements open', async (variable, value, open) => {
  const { lines } = await report(['--driver', 'sqlite'], { [variable]: value });
  expect(openOf(lines)).toEqual(open);
});

test('short times reach the higher levels of NIST', async () => {
  const says = async (idle: string, lifetime: string): Promise<string | undefined> =>
    (
      await report(['--driver', 'sqlite'], {
        SOJOURN_IDLE_TIMEOUT: idle,
        SOJOURN_LIFETIME: lifetime,
      })
    ).lines.get('NIST 63B-4 5.2 a')?.says;
  expect(await says('1h', '24h')).toContain('AAL2');
  expect(await says('15m', '12h')).toContain('AAL3');
});

test('a store that does not find the sessions of a user', async () => {
  const { lines } = await report(['--driver', 'memcached']);
  expect(openOf(lines)).toEqual(['ASVS 7.4.2', 'ASVS 7.4.3', 'ASVS 7.4.5', 'ASVS 7.5.2']);
});

test('without --json it is Markdown, and names tests when asked to', async () => {
  const { stdout } = await workplace.run(['report', '--driver', 'sqlite', '--tests']);
  expect(stdout).toContain('| ASVS 7.4.1 | After a logout');
  expect(stdout).toContain('### Tests');
  expect(stdout).toContain('  - test/security/');
});

test('what shows a requirement are tests of this moment: node scripts/evidence.js', () => {
  const kept = readFileSync(new URL('../../docs/guide/evidence.json', import.meta.url), 'utf8');
  expect(kept).toBe(evidence());
});

test('every requirement that Sojourn meets is shown by tests', async () => {
  const { lines } = await report(['--driver', 'sqlite']);
  const without = [...lines.values()].filter(
    ({ status, tests }) => status === 'default' && tests === 0,
  );
  expect(without).toEqual([]);
});
