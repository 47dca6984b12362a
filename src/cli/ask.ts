import { createInterface } from 'node:readline/promises';

/**
 * Asks on the terminal. An empty answer is `preset`. Ctrl-C, and the end of the input, reject as an
 * abort.
 */
export async function ask(
  question: string,
  preset: string,
  interrupt: AbortSignal,
): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  lines.once('SIGINT', () => left.abort());
  lines.once('close', () => left.abort());
  try {
    const answer = await lines.question(
      preset === '' ? `${question} ` : `${question} [${preset}] `,
      {
        signal: AbortSignal.any([interrupt, left.signal]),
      },
    );
    return answer.trim() || preset;
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
    const answer = (
      await ask(`${question} (yes/no)`, preset ? 'yes' : 'no', interrupt)
    ).toLowerCase();
    if (answer === 'yes' || answer === 'y') return true;
    if (answer === 'no' || answer === 'n') return false;
  }
}
