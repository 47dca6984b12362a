import { inspect } from 'node:util';
import { environmentConfig, overlay, type SessionConfig } from '../config/config.js';
import type { OpenedStore } from '../config/driver.js';
import { driverOf, openStore } from '../config/drivers.js';
import { override } from '../config/override.js';
import { withDeadline } from '../stores/contract/deadline.js';
import { withAddresses } from './addresses.js';
import {
  type Command,
  type Context,
  type FlagValues,
  type FoundConfig,
  parse,
  STORE_FLAGS,
} from './command.js';
import { COMMANDS, commandNamed } from './commands.js';
import { findConfigFile, loadConfigFile } from './config-file.js';
import { ExitCode } from './exit-code.js';
import { explain } from './explain.js';
import { commandHelp, generalHelp } from './help.js';
import { nearest } from './nearest.js';
import { createOutput, json, type Output, paint, printable } from './output.js';
import { redacted } from './redact.js';
import { UsageError } from './usage-error.js';
import { version } from './version.js';

/**
 * How long one call of a store may take here. A server does not wait as long, but a person does.
 */
const STORE_TIMEOUT = 10_000;

/** Runs a command line and gives what the process ends with. */
export async function run(
  parameters: readonly string[],
  interrupt: AbortSignal,
): Promise<ExitCode> {
  const output = createOutput({ isJson: parameters.includes('--json') });
  try {
    return await dispatch(parameters, output, interrupt);
  } catch (error) {
    if (interrupt.aborted || (error instanceof Error && error.name === 'AbortError')) {
      output.note('Interrupted.');
      return ExitCode.interrupted;
    }
    return report(error, parameters, output);
  }
}

async function dispatch(
  [name, ...rest]: readonly string[],
  output: Output,
  interrupt: AbortSignal,
): Promise<ExitCode> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    output.result(
      COMMANDS.map(({ names, summary }) => ({ name: names[0], summary })),
      generalHelp(),
    );
    return ExitCode.done;
  }
  if (name === '--version' || name === '-v') {
    output.result(version(), [version()]);
    return ExitCode.done;
  }
  const command = commandNamed(name);
  if (command === undefined) throw unknownCommand(name);
  const { flags, words } = parse(command, rest);
  if (flags.help !== undefined) {
    output.result(command.flags, commandHelp(command));
    return ExitCode.done;
  }
  const settled = await withAddresses(flags, output, interrupt);
  return perform(command, settled, words, output, interrupt);
}

async function perform(
  command: Command,
  flags: FlagValues,
  words: readonly string[],
  output: Output,
  interrupt: AbortSignal,
): Promise<ExitCode> {
  const opened: OpenedStore[] = [];
  let found: Promise<FoundConfig> | undefined;
  // Once: the file may open a client as it is loaded.
  const config = (): Promise<FoundConfig> => {
    found ??= findConfig(flags);
    return found;
  };

  async function open(
    settled: SessionConfig,
    options: { mustExist?: boolean } | undefined,
  ): Promise<OpenedStore> {
    const { name, outOfReach } = driverOf(settled) ?? {};
    if (outOfReach !== undefined) {
      throw new UsageError(
        `The sessions of the driver ${name} are ${outOfReach}, out of reach from here. Choose another driver, such as sqlite.`,
      );
    }
    const place = await openStore(settled, options);
    opened.push(place);
    // The verbs that walk the whole store take their time.
    return { ...place, store: override(place.store, withDeadline(place.store, STORE_TIMEOUT)) };
  }

  const context: Context = {
    flags,
    words,
    output,
    interrupt,
    config,
    open: async (options) => open((await config()).config, options),
    openUrl: (connection, options) => open({ connection, table: textOf(flags, 'table') }, options),
  };
  try {
    return await command.run(context);
  } finally {
    for (const { store } of opened) await store.close?.();
  }
}

/** Flag over environment over file. */
async function findConfig(flags: FlagValues): Promise<FoundConfig> {
  const given = Object.fromEntries(
    Object.keys(STORE_FLAGS)
      .filter((name) => name !== 'config')
      .map((name) => [name, textOf(flags, name)] as const),
  );
  const above = overlay(environmentConfig(process.env), given);
  const file = textOf(flags, 'config') ?? findConfigFile();
  if (file !== undefined) return { config: overlay(await loadConfigFile(file), above), file };
  if (above.driver === undefined && above.connection === undefined && above.files === undefined) {
    throw new UsageError(
      'There is no session.config.ts here. Write one with `npx sojourn init`, or say where the sessions are: --connection sqlite:sessions.sqlite',
    );
  }
  return { config: above, file: undefined };
}

function textOf(flags: FlagValues, name: string): string | undefined {
  const value = flags[name];
  return value === true ? undefined : value;
}

function unknownCommand(name: string): UsageError {
  const near = nearest(
    name,
    COMMANDS.flatMap(({ names }) => names),
  );
  const advice =
    near === undefined
      ? 'See them all with `npx sojourn --help`.'
      : `Did you mean \`npx sojourn ${near}\`?`;
  return new UsageError(
    name.startsWith('-')
      ? `Write the command before ${name}: \`npx sojourn <command> ${name}\`.`
      : `There is no command '${name}'. ${advice}`,
  );
}

function report(error: unknown, parameters: readonly string[], output: Output): ExitCode {
  const { code, message, exitCode } = explain(error);
  const isVerbose =
    parameters.includes('--verbose') || /\b(sojourn|\*)/.test(process.env.DEBUG ?? '');
  if (output.isJson) process.stderr.write(`${json({ error: { code, message } })}\n`);
  else
    process.stderr.write(
      `${paint(process.stderr, 'bad', 'sojourn:')} ${message.split('\n').map(printable).join('\n')}\n`,
    );
  if (isVerbose) process.stderr.write(`${redacted(inspect(error))}\n`);
  return exitCode;
}
