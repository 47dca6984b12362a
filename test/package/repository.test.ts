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

test.skipIf(listed.status !== 0)(
  'no file of the repository names a package registry or a path of one machine',
  () => {
    const foreign = [
      /registry\.[a-z]+(?:js)?\.(?:org|com)/,
      /"resolved": ?"http/,
      /(?<![\w.])\/(?:work|home|root|Users)\/[a-z]/,
    ];
    const found = listed.stdout
      .split('\0')
      .filter((name) => name !== '' && existsSync(new URL(name, root)))
      .flatMap((name) => {
        const lines = readFileSync(new URL(name, root), 'latin1').split('\n');
        return lines.flatMap((line, index) =>
          foreign.some((pattern) => pattern.test(line)) ? [`${name}:${index + 1}: ${line}`] : [],
        );
      });
    expect(found).toEqual([]);
  },
);
