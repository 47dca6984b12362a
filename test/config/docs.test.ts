import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { flagsOf } from '../../src/cli/command.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { driverNames } from '../../src/config/drivers.js';
import { type SessionConfig, sessionOptions } from '../../src/config/index.js';

function page(name: string): string {
  return readFileSync(new URL(`../../docs/guide/${name}`, import.meta.url), 'utf8');
}

test('configuration.md lists every key and driver', async () => {
  const { message } = (await sessionOptions({ unheard: 1 } as SessionConfig).catch(
    (error: unknown) => error,
  )) as Error;
  const keys = message.replace(/.*The keys are: |\.$/g, '').split(', ');
  const rows = [...page('configuration.md').matchAll(/^\| `([a-z]\w*)` \|/gm)].map(
    ([, name = '']) => name,
  );
  expect(rows.sort()).toEqual([...keys, ...driverNames()].sort());
});

test('command-line.md has a section for every command, with all of its flags', () => {
  const text = page('command-line.md');
  for (const command of COMMANDS) {
    const [section = ''] =
      new RegExp(`^## ${command.names[0]}$[\\s\\S]*?(?=^## |$(?![\\s\\S]))`, 'm').exec(text) ?? [];
    expect(section).toContain('$ npx sojourn');
    for (const name of Object.keys(command.flags)) expect(section).toContain(`| \`--${name}`);
    for (const name of Object.keys(flagsOf(command))) expect(text).toContain(`| \`--${name}`);
  }
});
