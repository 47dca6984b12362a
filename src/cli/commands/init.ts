import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import type { SessionConfig } from '../../config/config.js';
import type { Driver } from '../../config/driver.js';
import { driverNames, driverOf } from '../../config/drivers.js';
import { isSessionError } from '../../core/errors.js';
import { ask, confirm } from '../ask.js';
import { type Command, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { explain } from '../explain.js';
import type { Output } from '../output.js';
import { hasPassword } from '../redact.js';
import { UsageError } from '../usage-error.js';

const FILE = 'session.config.ts';

export const init: Command = defineCommand({
  names: ['init'],
  summary: `write ${FILE} after a few questions, or with flags only`,
  flags: {
    driver: { value: 'name', summary: 'where sessions are kept' },
    connection: { value: 'URL', summary: 'the address of the store; - reads it from stdin' },
    encrypt: { summary: 'encrypt the data in the store' },
    yes: { summary: 'ask nothing: use the flags, and the defaults for the rest' },
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
    const config = await settle(isAsked ? await questions(output, interrupt) : given);
    writePrivately(textOf(config));
    output.result({ file: FILE, driver: config.driver }, [
      `${FILE} is written. Only you may read it.`,
      '',
      ...(await nextSteps(config)),
    ]);
    return ExitCode.done;
  },
});

type Answers = Pick<SessionConfig, 'driver' | 'connection' | 'encrypt'>;

async function questions(output: Output, interrupt: AbortSignal): Promise<Answers> {
  output.note(`Drivers: ${driverNames().join(', ')}.`);
  const proposed = await proposedDriver();
  const driver = await askUntil(
    () => ask('Where are sessions kept?', proposed, interrupt),
    (name) => driverOf({ driver: name }),
    output,
  );
  const known = driverOf({ driver });
  const missing = await missingClient(known);
  if (missing !== undefined) output.note(missing);
  if (known?.outOfReach !== undefined) return { driver };
  const connection = await askUntil(
    () => ask('At which address?', known?.connection ?? '', interrupt),
    (address) => driverOf({ driver, connection: address }),
    output,
  );
  const encrypt = await confirm('Encrypt the data in the store?', false, interrupt);
  return { driver, connection, encrypt };
}

/** Asks until `check` takes the answer, and says each time why it does not. */
async function askUntil(
  question: () => Promise<string>,
  check: (answer: string) => unknown,
  output: Output,
): Promise<string> {
  for (;;) {
    const answer = await question();
    try {
      check(answer);
      return answer;
    } catch (error) {
      output.note(explain(error).message);
    }
  }
}

/** `sqlite`, where it has a client; a folder of files needs none. */
async function proposedDriver(): Promise<string> {
  return (await missingClient(driverOf({ driver: 'sqlite' }))) === undefined ? 'sqlite' : 'file';
}

/** What to install, when the driver has no client to work with. */
async function missingClient(driver: Driver | undefined): Promise<string | undefined> {
  try {
    await driver?.requireClient?.();
    return undefined;
  } catch (error) {
    if (!isSessionError(error, 'invalid-option')) throw error;
    return error.message;
  }
}

/** The answers, checked, with driver and connection both filled in. */
async function settle(answers: Answers): Promise<Answers> {
  const isOpen = answers.driver === undefined && answers.connection === undefined;
  const driver = driverOf(isOpen ? { driver: await proposedDriver() } : answers);
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

/** A password or a secret may be in it now or later, which is for nobody else on the machine. */
function writePrivately(text: string): void {
  if (existsSync(FILE)) chmodSync(FILE, 0o600);
  writeFileSync(FILE, text, { mode: 0o600 });
}

function quoted(text = ''): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

async function nextSteps({ driver, connection = '', encrypt }: Answers): Promise<string[]> {
  const steps: string[] = [];
  const missing = await missingClient(driverOf({ driver }));
  if (missing !== undefined) steps.push(missing);
  steps.push(
    'Set up the server: createSessions(await sessionOptions(config)), with sessionOptions from sojourn/config.',
  );
  if (connection !== '') steps.push('Make what the store needs: npx sojourn migrate');
  if (encrypt || driver === 'cookie')
    steps.push('Set SOJOURN_SECRET where the server runs: npx sojourn keygen makes one.');
  if (hasPassword(connection))
    steps.push(
      `Keep ${FILE} out of the repository: it holds a password. Or set SOJOURN_CONNECTION instead.`,
    );
  steps.push('See whether all is well: npx sojourn doctor');
  return steps.map((step, index) => `${index + 1}. ${step}`);
}
