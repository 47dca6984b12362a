import { parseArgs } from 'node:util';
import type { SessionConfig } from '../config/config.js';
import type { OpenedStore } from '../config/driver.js';
import type { ExitCode } from './exit-code.js';
import { nearest } from './nearest.js';
import type { Output } from './output.js';
import { UsageError } from './usage-error.js';

/** The flags of a command by name. */
export type Flags = Readonly<Record<string, Flag>>;

/** A flag of a command. One with a `value` takes text, shown in the help by that word. */
export interface Flag {
  readonly value?: string;
  readonly summary: string;
}

/** The values of a command's flags by name, as they were given. */
export type FlagValues<Known extends Flags = Flags> = string extends keyof Known
  ? Readonly<Record<string, string | true | undefined>>
  : {
      readonly [Name in keyof Known]:
        | (Known[Name] extends { readonly value: string } ? string : true)
        | undefined;
    };

/** What a command works with. */
export interface Context<Known extends Flags = Flags> {
  readonly flags: FlagValues<Known>;
  /** What stood on the command line beside the flags. */
  readonly words: readonly string[];
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly interrupt: AbortSignal;
  /** The configuration: flag over environment over file. */
  config(): Promise<FoundConfig>;
  /** The store of the configuration, closed when the command ends. */
  open(options?: { mustExist?: boolean }): Promise<OpenedStore>;
  /** The store of another URL, closed when the command ends. */
  openUrl(connection: string, options?: { mustExist?: boolean }): Promise<OpenedStore>;
}

/** A configuration and the file it is from; `undefined` when there is none. */
export interface FoundConfig {
  readonly config: SessionConfig;
  readonly file: string | undefined;
}

/** A verb of the command line. */
export interface Command<Known extends Flags = Flags> {
  /** The name, and other spellings after it. */
  readonly names: readonly [string, ...string[]];
  readonly summary: string;
  /** What may follow the name beside flags: `'<id>'`. Default nothing. */
  readonly word?: string;
  readonly flags: Known;
  /** Whether it works on the store of the configuration, and so takes the flags that name one. */
  readonly usesStore: boolean;
  run(context: Context<Known>): Promise<ExitCode>;
}

/** A command, with its flags' values typed by its flags. */
export function defineCommand<const Known extends Flags>(command: Command<Known>): Command {
  return command as unknown as Command;
}

/** Flags of every command. */
export const COMMON_FLAGS: Flags = {
  json: { summary: 'print JSON, for machines' },
  verbose: { summary: 'print the stack of an error (also DEBUG=sojourn)' },
  help: { summary: 'print this help' },
};

/** Flags of every command that works on a store. */
export const STORE_FLAGS: Flags = {
  config: {
    value: 'file',
    summary: 'the configuration; default session.config.ts, .mts, .js or .mjs here',
  },
  driver: { value: 'name', summary: 'the driver, instead of the configured one' },
  connection: {
    value: 'URL',
    summary: 'the address of the store, instead of the configured one; - reads it from stdin',
  },
  files: { value: 'folder', summary: 'the folder of the driver file' },
  table: { value: 'name', summary: 'the table, collection or key prefix' },
};

/** Every flag that a command takes. */
export function flagsOf(command: Command): Flags {
  return { ...command.flags, ...(command.usesStore ? STORE_FLAGS : {}), ...COMMON_FLAGS };
}

/** An id is 43 characters of base64url, so one in 64 begins like a flag. */
const DASHED_ID = /^-[\w-]{42}$/;

/**
 * The flags and words of a command line.
 * @throws UsageError naming what is wrong.
 */
export function parse(
  command: Command,
  parameters: readonly string[],
): { flags: FlagValues<Flags>; words: string[] } {
  const known = flagsOf(command);
  const { tokens } = parseArgs({
    args: parameters.filter((parameter) => !DASHED_ID.test(parameter)),
    options: Object.fromEntries(
      Object.entries(known).map(
        ([name, { value }]) =>
          [
            name,
            {
              type: value === undefined ? 'boolean' : 'string',
              ...(name === 'help' && { short: 'h' }),
            },
          ] as const,
      ),
    ),
    strict: false,
    tokens: true,
  });
  const words = parameters.filter((parameter) => DASHED_ID.test(parameter));
  const flags: Record<string, string | true> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind === 'option')
      flags[token.name] = valueOfFlag(token, known[token.name], Object.keys(known));
  }
  const most = command.word === undefined ? 0 : 1;
  if (flags.help === undefined && words.length > most) {
    throw new UsageError(
      `'${words[most]}' is one word too many. ${most === 0 ? 'This command takes flags only' : `Write one ${command.word}`}.`,
    );
  }
  return { flags, words };
}

function valueOfFlag(
  {
    name,
    rawName,
    value,
    inlineValue,
  }: {
    name: string;
    rawName: string;
    value?: string | undefined;
    inlineValue?: boolean | undefined;
  },
  flag: Flag | undefined,
  names: readonly string[],
): string | true {
  if (flag === undefined) {
    const near = nearest(name, names);
    throw new UsageError(
      `There is no flag ${rawName} here. ${near === undefined ? 'See the flags with --help.' : `Did you mean --${near}?`}`,
    );
  }
  if (flag.value === undefined) {
    if (value !== undefined)
      throw new UsageError(`${rawName} takes no value. Write ${rawName} alone.`);
    return true;
  }
  if (value === undefined || value === '' || (inlineValue === false && value.startsWith('--'))) {
    throw new UsageError(`${rawName} has no value. Write ${rawName} <${flag.value}>.`);
  }
  return value;
}
