import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const listed = spawnSync(
  'git',
  [
    '-c',
    'safe.directory=*',
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
  ],
  {
    cwd: root,
    encoding: 'utf8',
  },
);

const names = listed.stdout
  .split('\0')
  .filter((name) => name !== '' && existsSync(new URL(name, root)));

function linesOf(name: string): string[] {
  return readFileSync(new URL(name, root), 'latin1').split('\n');
}

// Biome holds the width of code, and leaves comments as they are.
test.skipIf(listed.status !== 0)('no line of a comment is longer than 100 characters', () => {
  const comment = /^\s*(?:\*|\/\/|\/\*|#) /;
  const found = names
    .filter((name) => /\.(?:ts|js|cjs|mjs|sh)$/.test(name))
    .flatMap((name) =>
      linesOf(name).flatMap((line, index) =>
        line.length > 100 && comment.test(line) && !/:\/\/|biome-ignore|@ts-nocheck/.test(line)
          ? [`${name}:${index + 1}: ${line}`]
          : [],
      ),
    );
  expect(found).toEqual([]);
});

test.skipIf(listed.status !== 0)('no file of the source is longer than 300 lines', () => {
  const long = names
    .filter((name) => name.startsWith('src/'))
    .map((name) => ({ name, length: linesOf(name).length - 1 }))
    .filter(({ length }) => length > 300);
  expect(long).toEqual([]);
});

test.skipIf(listed.status !== 0)(
  'no file of the repository names a package registry or a path of one machine',
  () => {
    const foreign = [
      /registry\.[a-z]+(?:js)?\.(?:org|com)/,
      /"resolved": ?"http/,
      /(?<![\w.])\/(?:work|home|root|Users)\/[a-z]/,
    ];
    const found = names.flatMap((name) =>
      linesOf(name).flatMap((line, index) =>
        foreign.some((pattern) => pattern.test(line)) ? [`${name}:${index + 1}: ${line}`] : [],
      ),
    );
    expect(found).toEqual([]);
  },
);
