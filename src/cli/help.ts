import { COMMON_FLAGS, type Command, type Flag, STORE_FLAGS } from './command.js';
import { COMMANDS } from './commands.js';
import { fields, paint } from './output.js';

/** What `sojourn --help` prints. */
export function generalHelp(): string[] {
  return [
    `${title('Usage')}  npx sojourn <command> [flags]`,
    '',
    title('Commands'),
    ...indented(
      COMMANDS.map(({ names, word, summary }) => [
        word === undefined ? names[0] : `${names[0]} ${word}`,
        summary,
      ]),
    ),
    '',
    title('Flags of every command'),
    ...indented(flagRows(COMMON_FLAGS)),
    '',
    'Settings: a flag overrides the environment (SOJOURN_CONNECTION, ...), which overrides session.config.ts, which overrides the defaults.',
    'Exit codes: 0 done, 1 failed, 2 wrong usage or setting, 3 no such session, 4 not confirmed, 130 interrupted.',
  ];
}

/** What `sojourn <command> --help` prints. */
export function commandHelp(command: Command): string[] {
  const { names, word, summary, flags, usesStore } = command;
  const sections: [string, Readonly<Record<string, Flag>>][] = [
    ['Flags', { ...flags, ...COMMON_FLAGS }],
  ];
  if (usesStore) sections.push(['Which store', STORE_FLAGS]);
  return [
    `${title('Usage')}  npx sojourn ${names[0]}${word === undefined ? '' : ` ${word}`} [flags]`,
    '',
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...sections.flatMap(([name, rows]) => ['', title(name), ...indented(flagRows(rows))]),
  ];
}

function flagRows(flags: Readonly<Record<string, Flag>>): [string, string][] {
  return Object.entries(flags).map(([name, { value, summary }]) => [
    `--${name}${value === undefined ? '' : ` <${value}>`}`,
    summary,
  ]);
}

function indented(rows: readonly (readonly [string, string])[]): string[] {
  return fields(rows).map((line) => `  ${line}`);
}

function title(text: string): string {
  return paint(process.stdout, 'strong', text);
}
