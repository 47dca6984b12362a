import { createInterface } from 'node:readline';
import { askHidden } from './ask.js';
import type { FlagValues } from './command.js';
import type { Output } from './output.js';
import { hasPassword } from './redact.js';
import { UsageError } from './usage-error.js';

/** The flags whose value is the address of a store. */
const ADDRESS_FLAGS = ['connection', 'from', 'to'] as const;
type AddressFlag = (typeof ADDRESS_FLAGS)[number];

/**
 * The flags, with each address that is `-` read from stdin: a line each, or typed unseen. Warns of
 * a password that stands on the command line.
 * @throws UsageError when stdin has no line for one.
 */
export async function withAddresses(
  flags: FlagValues,
  output: Output,
  interrupt: AbortSignal,
): Promise<FlagValues> {
  for (const name of ADDRESS_FLAGS) {
    if (hasPassword(textOf(flags[name])))
      output.warn(
        'password-in-arguments',
        `Every user of this machine can see the password in --${name}, for as long as this runs. Write --${name} - and give the address on stdin.`,
      );
  }
  const hidden = ADDRESS_FLAGS.filter((name) => flags[name] === '-');
  if (hidden.length === 0) return flags;
  const given = process.stdin.isTTY ? await typed(hidden, interrupt) : await linesFor(hidden);
  return { ...flags, ...given };
}

async function typed(
  names: readonly AddressFlag[],
  interrupt: AbortSignal,
): Promise<Record<string, string>> {
  const given: Record<string, string> = {};
  for (const name of names) given[name] = await askHidden(`Address for --${name}:`, interrupt);
  return required(names, given);
}

async function linesFor(names: readonly AddressFlag[]): Promise<Record<string, string>> {
  const given: Record<string, string> = {};
  const waiting = [...names];
  for await (const line of createInterface({ input: process.stdin })) {
    const name = waiting.shift();
    if (name !== undefined) given[name] = line.trim();
    if (waiting.length === 0) break;
  }
  return required(names, given);
}

function required(
  names: readonly AddressFlag[],
  given: Record<string, string>,
): Record<string, string> {
  for (const name of names) {
    if (!given[name])
      throw new UsageError(`--${name} is -, and stdin has no address. Write it there.`);
  }
  return given;
}

function textOf(value: string | true | undefined): string {
  return typeof value === 'string' ? value : '';
}
