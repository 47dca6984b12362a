import type { SqlClient } from './client.js';

/** How long a statement waits for the lock of another process: less than the core's storeTimeout. */
const PATIENCE = 1500;
const MAX_PAUSE = 20;

/**
 * A synchronous client that waits for a lock of another process without stopping the event loop.
 * Those who wait try in turns, the first one first; a writer that comes later waits behind them. A
 * statement fails with the client's error when it did not get the lock within 1.5 s.
 */
export function patientClient(
  { run, rows }: SqlClient,
  isLocked: (error: unknown) => boolean,
): SqlClient {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  /** Tries until `until`, when those who wait already have ended. */
  function waitFor<Result>(attempt: () => Result | Promise<Result>): Promise<Result> {
    const until = performance.now() + PATIENCE;
    const turn = last.then(async () => {
      for (let pause = 1; ; pause = Math.min(2 * pause, MAX_PAUSE)) {
        try {
          return await attempt();
        } catch (error) {
          if (!isLocked(error) || performance.now() >= until) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    });
    waiting++;
    last = turn.then(leave, leave);
    return turn;
  }

  function leave(): void {
    waiting--;
  }

  function whenFree<Result>(attempt: () => Result | Promise<Result>): Result | Promise<Result> {
    try {
      return attempt();
    } catch (error) {
      if (!isLocked(error)) throw error;
      return waitFor(attempt);
    }
  }

  return {
    run(statement, values) {
      const attempt = () => run(statement, values);
      return waiting > 0 ? waitFor(attempt) : whenFree(attempt);
    },
    // In WAL mode readers wait for nobody.
    rows: (statement, values) => whenFree(() => rows(statement, values)),
  };
}
