import { AsyncLocalStorage } from 'node:async_hooks';
import type { SessionStore } from '../../src/stores/contract.js';
import { contentOf, type Operation, type StoredContent } from './model.js';

/** One request, as far as the stores are concerned. */
export interface Run {
  readonly name: string;
  /** The server that it came to. */
  readonly server: number;
  /** The operations that no commit has acknowledged yet. */
  pending: readonly Operation[];
  /**
   * Whether the session that it works with is stored already: what it creates then is the new place
   * of a session that moves.
   */
  isHeld: boolean;
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
  readonly operations: readonly Operation[];
  readonly isMove: boolean;
}

/** Where a store call may be held up. */
export interface Pace {
  /** Waited for before a call goes out, and before its answer comes in. */
  turn(label: string): Promise<void>;
  /** Told when a call reaches the real store, and when it leaves it. */
  underWay(change: 1 | -1): void;
}

// One for all: each one that was ever made costs every promise a little.
const runs = new AsyncLocalStorage<Run>();

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

  /** `store`, watched and held up. */
  watch(store: SessionStore, pace: Pace): SessionStore {
    const ask = async <Answer>(
      verb: Call['verb'],
      id: string,
      from: unknown,
      real: () => Promise<Answer>,
      see: (answer: Answer) => { version?: unknown; data?: string } | undefined,
    ): Promise<Answer> => {
      const run = runs.getStore();
      if (run === undefined) throw new Error(`'${verb}' was called outside of a request`);
      const label = `${run.name}: ${verb} ${id.slice(0, 4)}`;
      await pace.turn(label);
      const { pending: operations, isHeld: isMove } = run;
      const startedAt = this.tick();
      pace.underWay(1);
      const answer = await real().finally(() => pace.underWay(-1));
      const seen = see(answer);
      if (seen !== undefined) {
        const content = seen.data === undefined ? undefined : contentOf(seen.data);
        const { version } = seen;
        this.calls.push({
          verb,
          run,
          id,
          startedAt,
          endedAt: this.tick(),
          from,
          version,
          content,
          operations,
          isMove,
        });
      }
      await pace.turn(`${label} ${seen === undefined ? 'in vain' : 'done'}`);
      return answer;
    };
    const written = (data: string) => (version: unknown) =>
      version === undefined ? undefined : { version, data };
    const done = (isDone: boolean) => (isDone ? {} : undefined);
    return {
      name: store.name,
      read(id) {
        const see = (found: Awaited<ReturnType<SessionStore['read']>>) =>
          found && { version: found.version, data: found.record.data };
        return ask('read', id, undefined, () => store.read(id), see);
      },
      create: (id, record) =>
        ask('create', id, undefined, () => store.create(id, record), written(record.data)),
      update: (id, record, version) =>
        ask('update', id, version, () => store.update(id, record, version), written(record.data)),
      touch: (id, expiresAt, touchedAt) =>
        ask('touch', id, undefined, () => store.touch(id, expiresAt, touchedAt), done),
      destroy: (id, version) => ask('destroy', id, version, () => store.destroy(id, version), done),
    };
  }
}
