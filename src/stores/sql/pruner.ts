import { randomInt } from 'node:crypto';
import { isSessionError } from '../../core/errors.js';
import { CLOCK_SKEW, type Duration, milliseconds } from '../../core/expiry.js';

/** How a store deletes what has expired by itself. */
export interface Pruner {
  /** Told of every new record: a sweep follows, unless one is coming already. */
  recordCreated(): void;
  /** No sweep begins any more. */
  stop(): void;
}

/** What a pruner works on. */
export interface PrunerParts {
  /** For the warning. */
  readonly name: string;
  readonly prune: (before: number, limit: number) => Promise<number>;
  readonly now: () => number;
}

const DEFAULT_INTERVAL = '10m';
/** The longest time of a timer, in milliseconds. */
const MAX_TIMER = 2_147_483_647;
/** How many records one step deletes: some milliseconds for the database. */
const STEP = 100;
/** Between two steps, so that requests get their turn; in milliseconds. */
const PAUSE = 50;

/**
 * Sweeps in small steps, at a random moment in the second half of the interval after a record was
 * created: processes that were started together do not sweep together. Where nobody creates
 * records, nothing is to be swept, and no timer is left behind. A sweep that fails warns the
 * process, and the next one comes in its own time.
 * @throws `invalid-option` when `interval` is neither a duration nor `false`.
 */
export function createPruner(
  interval: Duration | false = DEFAULT_INTERVAL,
  { name, prune, now }: PrunerParts,
): Pruner {
  if (interval === false) return { recordCreated: () => undefined, stop: () => undefined };
  const longest = Math.min(milliseconds(interval, 'pruneInterval'), MAX_TIMER);
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether a record was created since the timer was set, perhaps while a sweep was running. */
  let isNextWanted = false;
  let isStopped = false;

  function arm(): void {
    isNextWanted = false;
    const shortest = Math.ceil(longest / 2);
    later(sweep, randomInt(shortest, longest + 1));
  }

  function later(task: () => Promise<void>, delay: number): void {
    timer = setTimeout(() => void task().catch(fail), delay);
    // Some platforms have timers that are numbers.
    timer.unref?.();
  }

  async function sweep(): Promise<void> {
    const pruned = await prune(now() - CLOCK_SKEW, STEP);
    if (isStopped) return;
    if (pruned === STEP) later(sweep, PAUSE);
    else if (isNextWanted) arm();
    else timer = undefined;
  }

  function fail(error: unknown): void {
    timer = undefined;
    if (isStopped) return;
    process.emitWarning(
      `Deleting expired records of the ${name} store failed: ${reasonOf(error)}. It is tried again within ${longest} ms of the next new session.`,
      { type: 'SessionWarning', code: 'SOJOURN_PRUNE' },
    );
  }

  return {
    recordCreated() {
      if (isStopped) return;
      if (timer === undefined) arm();
      else isNextWanted = true;
    },

    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function reasonOf(error: unknown): string {
  const { message } = isSessionError(error) ? error : (error as Partial<Error>);
  return String(message ?? error);
}
