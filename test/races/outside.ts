import { isSessionError } from '../../src/core/errors.js';
import type { Sessions } from '../../src/core/sessions.js';
import { tokenId } from '../../src/keys/token.js';
import type { Run } from './history.js';
import { EMPTY, type Operation } from './model.js';
import type { OutsidePlan } from './program.js';
import type { Data } from './steps.js';
import type { Visitor } from './visitor.js';

export const USER = 'ada';
const INCREMENT: Operation = { kind: 'increment', key: 'n' };

/** The verbs without a request. `first`: by the id that a device had before all others. */
export const OUTSIDE_VERBS = [
  'change',
  'change first',
  'change user',
  'destroy',
  'destroy first',
  'destroy user',
  'destroy user except',
  'destroy user only',
] as const;
export type OutsideVerb = (typeof OUTSIDE_VERBS)[number];

/** A verb that no request asked for: from an administrator's page, or from a job. */
export class Outside implements Run {
  readonly name: string;
  readonly server: number;
  readonly base = EMPTY;
  pending: readonly Operation[] = [];
  readonly #plan: OutsidePlan;
  readonly #sessions: Sessions<Data>;
  readonly #visitor: Visitor;

  constructor(name: string, plan: OutsidePlan, sessions: Sessions<Data>, visitor: Visitor) {
    this.name = name;
    this.server = plan.server;
    this.#plan = plan;
    this.#sessions = sessions;
    this.#visitor = visitor;
  }

  async handle(): Promise<void> {
    const { verb, device } = this.#plan;
    const { acknowledgements, history, clock } = this.#visitor;
    await this.#visitor.turn(`${this.name} begins to ${verb}`);
    const { token, firstId, firstHandle } = this.#visitor.device(device);
    const present = token === '' ? '' : tokenId(token);
    const id = verb.endsWith('first') ? firstId : present;
    const note = {
      run: this,
      device,
      kind: verb,
      startedAt: history.tick(),
      since: clock.now(),
      target: verb.startsWith('destroy user') ? undefined : id,
      handle: firstHandle,
    };
    if (verb.startsWith('change')) this.pending = [INCREMENT];
    let outcome = 'failed';
    let count = 0;
    if (verb === 'change user' || verb.startsWith('destroy user') || id !== '') {
      try {
        const result = await this.#act(id);
        outcome = String(result);
        count = Number(result);
      } catch (error) {
        if (!isSessionError(error)) throw error;
      }
    }
    const at = history.tick();
    acknowledgements.push({ ...note, outcome, count, operations: this.pending, at });
  }

  #act(id: string): Promise<unknown> {
    const sessions = this.#sessions;
    const { firstHandle } = this.#visitor.device(this.#plan.device);
    switch (this.#plan.verb) {
      case 'change':
      case 'change first':
        return sessions.change(id, (session) => session.increment('n'));
      case 'change user':
        return sessions.changeUser(USER, (session) => session.increment('n'));
      case 'destroy':
      case 'destroy first':
        return sessions.destroy(id);
      case 'destroy user':
        return sessions.destroyUser(USER);
      case 'destroy user except':
        return sessions.destroyUser(USER, { except: firstHandle });
      case 'destroy user only':
        return sessions.destroyUser(USER, { only: firstHandle });
    }
  }
}
