import type { Budget } from '../../stores/contract/deadline.js';
import { SessionError } from '../errors.js';
import type { Events } from '../events.js';

/**
 * Counts the attempts of one commit. There is no backoff, since each refusal means that another
 * writer succeeded.
 */
export class Contention {
  readonly #events: Events;
  readonly #budget: Budget;
  #attempts = 1;

  constructor(events: Events, budget: Budget) {
    this.#events = events;
    this.#budget = budget;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /**
   * Notes that another writer was faster.
   * @throws `conflict` when the budget has ended.
   */
  async refused(id: string): Promise<void> {
    this.#events.emit('conflict', { id, attempt: this.#attempts });
    this.#attempts++;
    if (performance.now() >= this.#budget.endsAt) {
      throw new SessionError(
        'conflict',
        `Other writers of this session were faster ${this.#attempts} times in a row. Try again, or let fewer requests change it at once.`,
      );
    }
    // By chance, so that writers who met do not go on in step.
    if (Math.random() < 0.5) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** The error of a commit that may or may not be stored. */
export function unknownConflict(reason: string): SessionError {
  return new SessionError(
    'conflict',
    `It is not known whether this change of the session is stored: ${reason}. Read the session and decide.`,
  );
}
