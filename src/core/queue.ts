import type { Held } from './persistence.js';

interface Line {
  length: number;
  last: Promise<unknown>;
  /** What the last of the line left in the store, so that the next need not ask for it. */
  held: Held | undefined;
}

/** Lets the commits of one session in this process go one after the other, each knowing what its predecessor wrote. */
export class Queue {
  readonly #lines = new Map<string, Line>();

  /** Runs `task` when all earlier ones of this id have ended. `task` gets what the last of them left, if there was one. */
  async run<Result>(
    id: string,
    task: (held: Held | undefined) => Promise<{ result: Result; held: Held | undefined }>,
  ): Promise<Result> {
    const line = this.#lines.get(id) ?? { length: 0, last: Promise.resolve(), held: undefined };
    this.#lines.set(id, line);
    line.length++;
    const turn = line.last.then(() => task(line.held));
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
