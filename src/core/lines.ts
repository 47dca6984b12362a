import { type Budget, within } from '../stores/contract/deadline.js';
import { isSessionError, SessionError } from './errors.js';

/**
 * How long a line goes on without a break, in milliseconds: writers of other processes come between
 * only when it pauses.
 */
const MAX_STREAK = 20;

const nothing = (): undefined => undefined;

/** What a task gives, and what it leaves for the task behind it. */
export interface Turn<Result, Left> {
  readonly result: Result;
  readonly left?: Left | undefined;
}

type Task<Result, Left> = (left: Left | undefined) => Promise<Turn<Result, Left>>;

/** A task in the line. */
interface Member {
  readonly budget: Budget | undefined;
  /** When its turn came, by `performance.now()`. */
  since: number;
  begin: () => void;
  fail: (error: unknown) => void;
}

/**
 * Runs tasks one after the other. When a task fails, it leaves nothing, and the next task runs.
 * Only a time-out also fails the tasks that wait behind it: each of them would wait for the same
 * silent server.
 */
export class Line<Left = never> {
  #running: Member | undefined;
  #waiting: Member[] = [];
  #atEnd: (() => void)[] = [];
  #left: Left | undefined;
  /** When the line last had a break, by `performance.now()`. */
  #since = 0;
  readonly #whenEmpty: (() => void) | undefined;

  constructor(whenEmpty?: () => void) {
    this.#whenEmpty = whenEmpty;
  }

  get isEmpty(): boolean {
    return this.#running === undefined;
  }

  /**
   * Runs `task` after all earlier ones. A task whose budget ends while it waits does not run. When
   * a running task exceeds its budget, the others do not wait for it any more.
   * @throws `store-timeout` for the whole line behind a task that timed out.
   */
  async run<Result>(task: Task<Result, Left>, budget?: Budget): Promise<Result> {
    const own: Member = { budget, since: performance.now(), begin: nothing, fail: nothing };
    if (this.#running === undefined || isOver(this.#running)) this.#begin(own);
    else await this.#turn(own);
    let failure: unknown;
    let left: Left | undefined;
    try {
      const turn = await task(this.#left);
      left = turn.left;
      return turn.result;
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      if (this.#running === own) this.#pass(left, isSilence(own, failure) ? failure : undefined);
    }
  }

  /** Resolves when every task has ended, those that are added meanwhile included. */
  async ended(): Promise<void> {
    // Without a task of its own: several who wait for the end would wait for each other.
    while (!this.isEmpty) {
      await new Promise<void>((resolve) => this.#atEnd.push(resolve));
      // Whoever awaited the last task comes first, and may begin another one.
      await undefined;
    }
  }

  #begin(own: Member): void {
    this.#running = own;
    this.#left = undefined;
    this.#since = performance.now();
  }

  async #turn(own: Member): Promise<void> {
    const { budget } = own;
    const turn = (): Promise<void> =>
      new Promise((begin, fail) => {
        own.begin = begin;
        own.fail = fail;
        this.#waiting.push(own);
      });
    try {
      await (budget === undefined ? turn() : waitWithin(budget, turn));
    } catch (error) {
      this.#waiting = this.#waiting.filter((other) => other !== own);
      // Its turn came in the very tick in which its time was over.
      if (this.#running === own) this.#pass(undefined);
      throw error;
    }
    if (performance.now() - this.#since >= MAX_STREAK) await this.#pause();
  }

  async #pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 3));
    this.#since = performance.now();
  }

  /** Begins the next task, if there is one. With a failure, all waiting tasks fail. */
  #pass(left: Left | undefined, failure?: unknown): void {
    this.#left = left;
    if (failure !== undefined) for (const { fail } of this.#waiting.splice(0)) fail(failure);
    const next = this.#waiting.shift();
    this.#running = next;
    if (next !== undefined) {
      next.since = performance.now();
      next.begin();
      return;
    }
    this.#left = undefined;
    for (const resolve of this.#atEnd.splice(0)) resolve();
    this.#whenEmpty?.();
  }
}

/** Whether the others need not wait for a running task any more. */
function isOver({ budget }: Member): boolean {
  return budget !== undefined && performance.now() > budget.endsAt;
}

/**
 * Whether a failure says that the store is silent. A task that waited for most of its time says
 * nothing about the store when the rest runs out.
 */
function isSilence({ budget, since }: Member, failure: unknown): boolean {
  if (!isSessionError(failure, 'store-timeout')) return false;
  return budget === undefined || budget.endsAt - since >= budget.timeout / 2;
}

/** A line for each key, as long as it has tasks. */
export class Lines<Left> {
  readonly #lines = new Map<string, Line<Left>>();

  run<Result>(key: string, task: Task<Result, Left>, budget: Budget): Promise<Result> {
    const line = this.#lines.get(key) ?? new Line<Left>(() => this.#lines.delete(key));
    this.#lines.set(key, line);
    return line.run(task, budget);
  }
}

function waitWithin(budget: Budget, turn: () => Promise<void>): Promise<void> {
  const late = (): SessionError =>
    new SessionError(
      'store-timeout',
      `Other requests of this session were still writing after ${budget.timeout} ms. Write it less often at once, or raise storeTimeout.`,
    );
  return within(budget, 'session', 'wait', turn, late);
}
