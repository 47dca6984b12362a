import type { SessionStore } from '../../stores/contract.js';
import { memoryStore } from '../../stores/memory.js';

type Verb = 'read' | 'create' | 'update' | 'touch' | 'destroy';

/** A store in memory that tells what is asked of it, and fails or stalls on demand. */
export interface ObservedStore extends SessionStore<number> {
  /** The verbs that were asked for, in order. */
  readonly calls: Verb[];
  count(): Promise<number>;
  /** From here on these verbs fail. */
  fail(...verbs: Verb[]): void;
  /** From here on `verb` does not finish, until the function that is returned is called. */
  hold(verb: Verb): () => void;
  /** Ends every failure and stall. */
  heal(): void;
  /** Resolves once `verb` was asked for. */
  called(verb: Verb): Promise<void>;
  /** How often one of these verbs was asked for. */
  times(...verbs: Verb[]): number;
}

export function observedStore(now: () => number): ObservedStore {
  const store = memoryStore({ now, warn: false });
  const calls: Verb[] = [];
  const failing = new Set<Verb>();
  const holds = new Map<Verb, { promise: Promise<void>; release: () => void }>();
  let wake: (() => void)[] = [];

  async function observe<Result>(verb: Verb, call: () => Promise<Result>): Promise<Result> {
    calls.push(verb);
    const woken = wake;
    wake = [];
    for (const resolve of woken) resolve();
    await holds.get(verb)?.promise;
    if (failing.has(verb)) throw new Error(`${verb} was made to fail`);
    return call();
  }

  return {
    name: 'observed',
    calls,
    read: (id) => observe('read', () => store.read(id)),
    create: (id, record) => observe('create', () => store.create(id, record)),
    update: (id, record, version) => observe('update', () => store.update(id, record, version)),
    touch: (id, expiresAt, touchedAt) =>
      observe('touch', () => store.touch(id, expiresAt, touchedAt)),
    destroy: (id, version) => observe('destroy', () => store.destroy(id, version)),
    count: async () => (await store.count?.()) ?? 0,
    close: async () => store.close?.(),

    fail(...verbs) {
      for (const verb of verbs) failing.add(verb);
    },

    hold(verb) {
      let release!: () => void;
      const promise = new Promise<void>((resolve) => {
        release = resolve;
      });
      holds.set(verb, { promise, release });
      return () => {
        holds.delete(verb);
        release();
      };
    },

    heal() {
      failing.clear();
      for (const { release } of holds.values()) release();
      holds.clear();
    },

    times: (...verbs) => calls.filter((call) => verbs.includes(call)).length,

    async called(verb) {
      while (!calls.includes(verb)) await new Promise<void>((resolve) => wake.push(resolve));
    },
  };
}
