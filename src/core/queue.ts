import { setTimeout as delay } from 'node:timers/promises';
import type { Held } from './persistence.js';

/**
 * How long a line goes on without a break, in milliseconds: writers of other processes come between
 * only when it pauses.
 */
const MAX_STREAK = 20;

interface Line {
  length: number;
  /** When it last had a break, by `performance.now()`. */
  since: number;
  last: Promise<unknown> | undefined;
  /** What the last of the line left in the store, so that the next need not ask for it. */
  held: Held | undefined;
}

/**
 * Lets the commits of one session in this process go one after the other, each knowing what its
 * predecessor wrote.
 */
export class Queue {
  readonly #lines = new Map<string, Line>();

  /**
   * Runs `task` when all earlier ones of this id have ended. `task` gets what the last of them
   * left, if there was one.
   */
  async run<Result>(
    id: string,
    task: (held: Held | undefined) => Promise<{ result: Result; held: Held | undefined }>,
  ): Promise<Result> {
    const present = this.#lines.get(id);
    const line: Line = present ?? {
      length: 0,
      since: performance.now(),
      last: undefined,
      held: undefined,
    };
    if (present === undefined) this.#lines.set(id, line);
    line.length++;
    const turn =
      line.last === undefined
        ? task(undefined)
        : line.last.then(() => takeBreak(line)).then(() => task(line.held));
    line.last = turn.then(
      ({ held }) => {
        line.held = held;
      },
      () => {
        line.held = undefined;
      },
    );
    try {
      return (await turn).result;
    } finally {
      line.length--;
      if (line.length === 0) this.#lines.delete(id);
    }
  }
}

async function takeBreak(line: Line): Promise<void> {
  if (performance.now() - line.since < MAX_STREAK) return;
  await delay(1 + Math.random() * 3);
  line.since = performance.now();
}
