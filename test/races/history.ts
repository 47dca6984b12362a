import { AsyncLocalStorage } from 'node:async_hooks';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import type { Fault } from './faults.js';
import { type Content, contentOf, type Operation, type StoredContent } from './model.js';

/** One request, or one verb from outside, as far as the stores are concerned. */
export interface Run {
  readonly name: string;
  /** The server that it came to. */
  readonly server: number;
  /** The operations that no commit has acknowledged yet. */
  readonly pending: readonly Operation[];
  /** What its session held when it was last read or written. */
  readonly base: Content;
}

/** One call of a store that found or changed something. */
export interface Call {
  readonly verb: 'read' | 'create' | 'update' | 'touch' | 'destroy';
  readonly run: Run;
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The version that the call named, if it named one. */
  readonly from: unknown;
  /** The version that it found or left. */
  readonly version: unknown;
  /** What it found or wrote. */
  readonly content: StoredContent | undefined;
  /** What the run had to store, and what it had seen, when it called. */
  readonly operations: readonly Operation[];
  readonly base: Content;
}

/** Where a store call may be held up, and what goes wrong with it. */
export interface Pace {
  /** Waited for before a call goes out, and before its answer comes in. */
  turn(label: string): Promise<void>;
  /** Told when a call reaches the real store, and when it leaves it. */
  underWay(change: 1 | -1): void;
  /** What happens to the write that goes out now. */
  nextFault(): Fault | undefined;
  /** Does a task whenever its turn comes, after which nobody waits. */
  later(task: () => Promise<void>): void;
}

// One for all: each one that was ever made costs every promise a little.
const runs = new AsyncLocalStorage<Run>();

/** A write of a store, and what its answer shows. */
interface Ask<Answer> {
  readonly verb: Call['verb'];
  readonly id: string;
  readonly from?: unknown;
  readonly real: () => Promise<Answer>;
  readonly see: (answer: Answer) => { version?: unknown; record?: SessionRecord } | undefined;
}

/** What the stores under test did, in one count of instants for all of them. */
export class History {
  readonly calls: Call[] = [];
  #instant = 0;

  tick(): number {
    return ++this.#instant;
  }

  /** Does `task` in the name of `run`. */
  inRun<Result>(run: Run, task: () => Promise<Result>): Promise<Result> {
    return runs.run(run, task);
  }

  /** The last of these verbs that a run did with success. */
  lastOf(run: Run, ...verbs: readonly Call['verb'][]): Call | undefined {
    return this.calls.findLast((call) => call.run === run && verbs.includes(call.verb));
  }

  /** The last read that found this record for a server: its requests share reads. */
  lastRead(server: number, id: string): Call | undefined {
    return this.calls.findLast(
      (call) => call.verb === 'read' && call.run.server === server && call.id === id,
    );
  }

  /** Calls the real store, and notes what that found or changed. */
  async #call<Answer>(
    run: Run,
    ask: Ask<Answer>,
    { pending: operations, base }: Pick<Run, 'pending' | 'base'>,
    pace: Pace,
  ): Promise<Answer> {
    const startedAt = this.tick();
    pace.underWay(1);
    const answer = await ask.real().finally(() => pace.underWay(-1));
    const seen = ask.see(answer);
    if (seen === undefined) return answer;
    const { version, record } = seen;
    this.calls.push({
      verb: ask.verb,
      run,
      id: ask.id,
      startedAt,
      endedAt: this.tick(),
      from: ask.from,
      version,
      content: record && contentOf(record),
      operations,
      base,
    });
    return answer;
  }

  /** `store`, watched, held up and disturbed. */
  watch(store: SessionStore, pace: Pace): SessionStore {
    const ask = async <Answer>(asked: Ask<Answer>): Promise<Answer> => {
      const run = runs.getStore();
      if (run === undefined) throw new Error(`'${asked.verb}' was called outside of a request`);
      const label = `${run.name}: ${asked.verb} ${asked.id.slice(0, 4)}`;
      const fault = asked.verb === 'read' ? undefined : pace.nextFault();
      await pace.turn(fault === undefined ? label : `${label} (${fault})`);
      const { pending, base } = run;
      const call = (): Promise<Answer> => this.#call(run, asked, { pending, base }, pace);
      switch (fault) {
        case 'refused':
          throw new Error('The store refuses.');
        case 'late':
          pace.later(async () => void (await call()));
          throw new Error('The connection broke before the write.');
        case 'reply lost':
          await call();
          throw new Error('The connection broke after the write.');
        case 'sent twice':
          pace.later(async () => void (await call()));
      }
      let answer = await call();
      if (fault === 'sent again') answer = await call();
      await pace.turn(`${label} ${asked.see(answer) === undefined ? 'in vain' : 'done'}`);
      return answer;
    };
    const written = (record: SessionRecord) => (version: unknown) =>
      version === undefined ? undefined : { version, record };
    const done = (isDone: boolean) => (isDone ? {} : undefined);
    const watched: SessionStore = {
      name: store.name,
      read: (id) => ask({ verb: 'read', id, real: () => store.read(id), see: (found) => found }),
      create: (id, record) =>
        ask({ verb: 'create', id, real: () => store.create(id, record), see: written(record) }),
      update: (id, record, version) =>
        ask({
          verb: 'update',
          id,
          from: version,
          real: () => store.update(id, record, version),
          see: written(record),
        }),
      touch: (id, expiresAt, touchedAt) =>
        ask({ verb: 'touch', id, real: () => store.touch(id, expiresAt, touchedAt), see: done }),
      destroy: (id, version) =>
        ask({
          verb: 'destroy',
          id,
          from: version,
          real: () => store.destroy(id, version),
          see: done,
        }),
    };
    if (store.byUser === undefined) return watched;
    return {
      ...watched,
      async byUser(userId, page) {
        await pace.turn(`${runs.getStore()?.name}: byUser ${userId}`);
        pace.underWay(1);
        const found = await store.byUser?.(userId, page).finally(() => pace.underWay(-1));
        await pace.turn(`${runs.getStore()?.name}: byUser done`);
        return found ?? { entries: [] };
      },
    };
  }
}
