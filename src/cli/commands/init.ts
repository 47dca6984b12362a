import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import type { SessionConfig } from '../../config/config.js';
import { driverNames, driverOf } from '../../config/drivers.js';
import { ask, confirm } from '../ask.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { explain } from '../explain.js';
import type { Output } from '../output.js';
import { UsageError } from '../usage-error.js';

const FILE = 'session.config.ts';

export const init: Command = defineCommand({
  names: ['init'],
  summary: `write ${FILE} after a few questions, or with flags only`,
  flags: {
    driver: { value: 'name', summary: 'where sessions are kept' },
    connection: { value: 'URL', summary: 'the address of the store' },
    encrypt: { summary: 'encrypt the data in the store' },
    yes: { summary: 'ask nothing: take the flags, and the defaults for the rest' },
    force: { summary: `overwrite ${FILE}` },
  },
  usesStore: false,

  async run({ flags, output, interrupt }) {
    if (existsSync(FILE) && flags.force === undefined)
      throw new UsageError(`${FILE} is there already. Edit it, or add --force to write it anew.`);
    const given = { driver: flags.driver, connection: flags.connection, encrypt: flags.encrypt };
    const isAsked =
      flags.yes === undefined &&
      output.isInteractive &&
      Object.values(given).every((value) => value === undefined);
    const config = settle(isAsked ? await questions(output, interrupt) : given);
    writePrivately(textOf(config), hasPassword(config));
    output.result({ file: FILE, driver: config.driver }, [
      `${FILE} is written.`,
      '',
      ...nextSteps(config),
    ]);
    return ExitCode.done;
  },
});

type Answers = Pick<SessionConfig, 'driver' | 'connection' | 'encrypt'>;

async function questions(output: Output, interrupt: AbortSignal): Promise<Answers> {
  output.note(`Drivers: ${driverNames().join(', ')}.`);
  let driver = '';
  while (!driverNames().includes(driver))
    driver = await ask('Where are sessions kept?', 'sqlite', interrupt);
  const known = driverOf({ driver });
  if (known?.outOfReach !== undefined) return { driver };
  const connection = await askConnection(driver, known?.connection ?? '', output, interrupt);
  const encrypt = await confirm('Encrypt the data in the store?', false, interrupt);
  return { driver, connection, encrypt };
}

/** Asks until the answer is an address of the driver. */
async function askConnection(
  driver: string,
  preset: string,
  output: Output,
  interrupt: AbortSignal,
): Promise<string> {
  for (;;) {
    const connection = await ask('At which address?', preset, interrupt);
    try {
      driverOf({ driver, connection });
      return connection;
    } catch (error) {
      output.note(explain(error).message);
    }
  }
}

/** The answers, checked, with driver and connection both filled in. */
function settle(answers: Answers): Answers {
  const driver = driverOf({
    ...answers,
    driver: answers.driver ?? (answers.connection === undefined ? 'sqlite' : undefined),
  });
  const connection =
    driver?.outOfReach === undefined ? (answers.connection ?? driver?.connection) : undefined;
  return { driver: driver?.name, connection, encrypt: answers.encrypt ?? false };
}

function textOf({ driver, connection, encrypt }: Answers): string {
  const place = [`driver: ${quoted(driver)},`];
  if (connection !== undefined) place.push(`connection: ${quoted(connection)},`);
  if (driverOf({ driver })?.sweepsItself !== true) place.push('lottery: [2, 100],');
  return `import { defineConfig } from 'sojourn/config';

export default defineConfig({
  ${place.join('\n  ')}
  encrypt: ${encrypt},
  idleTimeout: '2h',
  lifetime: '30d',
  persistent: false,
  secure: true,
  httpOnly: true,
  sameSite: 'lax',
});
`;
}

/** A password is for nobody else on the machine, also when the file was there before. */
function writePrivately(text: string, isPrivate: boolean): void {
  if (isPrivate && existsSync(FILE)) chmodSync(FILE, 0o600);
  writeFileSync(FILE, text, isPrivate ? { mode: 0o600 } : {});
}

function hasPassword({ connection = '' }: Pick<Answers, 'connection'>): boolean {
  return /:[^/@]+@/.test(connection);
}

function quoted(text = ''): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

function nextSteps({ driver, connection = '', encrypt }: Answers): string[] {
  const steps = [
    'Set up the server: createSessions(await sessionOptions(config)), with sessionOptions from sojourn/config.',
  ];
  if (connection !== '') steps.push('Make what the store needs: npx sojourn migrate');
  if (encrypt || driver === 'cookie')
    steps.push('Set SOJOURN_SECRET where the server runs: npx sojourn keygen makes one.');
  if (hasPassword({ connection }))
    steps.push(
      `Keep ${FILE} out of the repository: it holds a password. Or set SOJOURN_CONNECTION instead.`,
    );
  steps.push('See whether all is well: npx sojourn doctor');
  return steps.map((step, index) => `${index + 1}. ${step}`);
}
