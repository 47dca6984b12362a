import type { SessionStore } from '../../src/stores/contract.js';

type Verb = 'read' | 'create' | 'update' | 'touch' | 'destroy' | 'list' | 'byUser';

interface Call {
  readonly process: Process;
  /** When it gets there, in steps. */
  readonly dueAt: number;
  /** Whether it is an answer on its way back. */
  readonly isAnswer: boolean;
  run(): Promise<void> | void;
}

/** A process, which crashes when it has got so many answers. */
export interface Process {
  answersLeft: number;
}

/** Numbers that look random, always the same for a seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/**
 * Decides in which order the calls of several processes reach their stores, and in which order the
 * answers come back. Now and then a call or an answer takes very long, or a call arrives twice.
 */
export class Schedule {
  readonly #random: (below: number) => number;
  readonly #waiting: Call[] = [];
  #step = 0;

  constructor(random: (below: number) => number) {
    this.#random = random;
  }

  /** The store, as a process reaches it. */
  reach(store: SessionStore, process: Process): SessionStore {
    const verbs: readonly Verb[] = [
      'read',
      'create',
      'update',
      'touch',
      'destroy',
      'list',
      'byUser',
    ];
    const reached = verbs.map((verb) => {
      const call = store[verb] as (...parameters: unknown[]) => Promise<unknown>;
      return [verb, (...parameters: unknown[]) => this.#send(process, () => call(...parameters))];
    });
    return { ...store, ...Object.fromEntries(reached) };
  }

  /**
   * Lets calls arrive until the tasks of all processes that live have ended. Other calls stay on
   * their way.
   */
  async run(tasks: readonly { process: Process; task: Promise<unknown> }[]): Promise<void> {
    const open = new Set(tasks);
    let failure: unknown;
    for (const entry of tasks) {
      entry.task
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => open.delete(entry));
    }
    for (;;) {
      await settled();
      if (failure !== undefined) throw failure;
      if (![...open].some(({ process }) => process.answersLeft > 0)) return;
      if (!(await this.step())) throw new Error('a task waits for what is no call');
    }
  }

  /** Lets one call arrive, or one answer; `false` when there is none. */
  async step(): Promise<boolean> {
    this.#waiting.sort((one, other) => one.dueAt - other.dueAt);
    const call = this.#waiting.shift();
    if (call === undefined) return false;
    this.#step++;
    if (call.isAnswer && call.process.answersLeft-- <= 0) return true;
    await call.run();
    return true;
  }

  #send(process: Process, run: () => Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const arrive = async (): Promise<void> => {
        const outcome = await run().then(
          (result) => () => resolve(result),
          (error) => () => reject(error),
        );
        this.#wait({ process, isAnswer: true, run: outcome });
      };
      this.#wait({ process, isAnswer: false, run: arrive });
      if (this.#random(20) === 0) this.#wait({ process, isAnswer: false, run: arrive });
    });
  }

  #wait(call: Omit<Call, 'dueAt'>): void {
    const delay = this.#random(8) === 0 ? this.#random(80) : this.#random(5);
    this.#waiting.push({ ...call, dueAt: this.#step + delay });
  }
}

/** Until everything that needs no call has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
