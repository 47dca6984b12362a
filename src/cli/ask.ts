import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Output } from './output.js';
import { UsageError } from './usage-error.js';

/**
 * Asks on the terminal. An empty answer is `preset`. Ctrl-C, and the end of the input, reject as an
 * abort.
 */
export async function ask(
  question: string,
  preset: string,
  interrupt: AbortSignal,
): Promise<string> {
  const shown = preset === '' ? question : `${question} [${preset}]`;
  return (await answer(shown, true, interrupt)) || preset;
}

/** As {@link ask}, without showing what is typed. */
export async function askHidden(question: string, interrupt: AbortSignal): Promise<string> {
  try {
    return await answer(question, false, interrupt);
  } finally {
    process.stderr.write('\n');
  }
}

async function answer(question: string, isShown: boolean, interrupt: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: isShown ? process.stderr : nowhere,
    terminal: true,
  });
  // By now the terminal shows nothing by itself.
  if (!isShown) process.stderr.write(`${question} `);
  const left = new AbortController();
  lines.once('SIGINT', () => left.abort());
  lines.once('close', () => left.abort());
  try {
    const signal = AbortSignal.any([interrupt, left.signal]);
    return (await lines.question(`${question} `, { signal })).trim();
  } finally {
    lines.close();
  }
}

/** Asks until the answer is yes or no. */
export async function confirm(
  question: string,
  preset: boolean,
  interrupt: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const given = await ask(`${question} (yes/no)`, preset ? 'yes' : 'no', interrupt);
    if (/^y(es)?$/i.test(given)) return true;
    if (/^no?$/i.test(given)) return false;
    process.stderr.write('Answer yes or no.\n');
  }
}

/**
 * Whether a change is to be made: asks, unless `isAgreed` already.
 * @throws UsageError when there is no terminal to answer on.
 */
export async function isConfirmed(
  question: string,
  isAgreed: boolean,
  output: Output,
  interrupt: AbortSignal,
): Promise<boolean> {
  if (isAgreed) return true;
  if (!output.isInteractive)
    throw new UsageError(`${question} There is no terminal to answer on: add --yes.`);
  const isYes = await confirm(question, false, interrupt);
  if (!isYes) output.note('Nothing was changed.');
  return isYes;
}
