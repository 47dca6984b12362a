import { describe, expect, test } from 'vitest';
import type { SessionStore } from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';
import { type StoresUnderTest, storeCases, storeSuite } from '../../src/testing/store-suite.js';
import { ABILITY_FAULTS } from './broken-stores/ability-faults.js';
import { type BrokenStore, pause } from './broken-stores/broken-store.js';
import { DEADLINE_FAULTS } from './broken-stores/deadline-faults.js';
import { FIELD_FAULTS } from './broken-stores/field-faults.js';
import { ID_FAULTS } from './broken-stores/id-faults.js';
import { PAGE_FAULTS } from './broken-stores/page-faults.js';
import { type Backend, backend, plainStore } from './broken-stores/plain-store.js';
import { TOUCH_AND_DESTROY_FAULTS } from './broken-stores/touch-and-destroy-faults.js';
import { WRITE_FAULTS } from './broken-stores/write-faults.js';

const BROKEN_STORES: readonly BrokenStore[] = [
  ...FIELD_FAULTS,
  ...WRITE_FAULTS,
  ...TOUCH_AND_DESTROY_FAULTS,
  ...DEADLINE_FAULTS,
  ...ID_FAULTS,
  ...ABILITY_FAULTS,
  ...PAGE_FAULTS,
];

type CreateStore = (context: { now: () => number }) => Promise<StoresUnderTest>;

/** The ids of the cases that fail. */
async function failures(createStore: CreateStore): Promise<string[]> {
  const failed: string[] = [];
  for (const { id, run } of storeCases({ createStore, rounds: 10 })) {
    await run().catch(() => failed.push(id));
  }
  return failed;
}

/** Two instances of `fault` on one backend. */
function withFault({ broken }: BrokenStore): CreateStore {
  return async ({ now }) => {
    const shared = backend(now);
    const instance = (): SessionStore<number> => {
      const plain = plainStore(shared);
      return { ...plain, ...broken(plain, shared) };
    };
    return { store: instance(), second: instance() };
  };
}

describe('every rule of the contract suite can be broken and is noticed', () => {
  test.for(BROKEN_STORES)('$fault', async (brokenStore, { annotate }) => {
    const failed = await failures(withFault(brokenStore));
    await annotate(`caught by ${failed.join(', ')}`);
    expect(failed).toEqual(expect.arrayContaining([...brokenStore.caughtBy]));
  });

  test('each case is named by a broken store', () => {
    const named = new Set(BROKEN_STORES.flatMap(({ caughtBy }) => caughtBy));
    const cases = storeCases({ createStore: async () => ({ store: memoryStore() }) });
    expect(cases.map(({ id }) => id).filter((id) => !named.has(id))).toEqual([]);
  });
});

describe('the plain store breaks none', () => {
  storeSuite({
    test,
    createStore: async ({ now }) => {
      const shared = backend(now);
      return { store: plainStore(shared), second: plainStore(shared) };
    },
  });
});

describe('nor does it when calls and answers take turns of the event loop', () => {
  let calls = 0;

  /** The verbs of `store`, each applied after some turns and answered after some more. */
  function late<Verb extends (...values: never[]) => Promise<unknown>>(verb: Verb): Verb {
    const lateVerb = async (...values: Parameters<Verb>): Promise<unknown> => {
      const number = ++calls;
      for (let turn = 0; turn < (number * 7) % 4; turn++) await pause();
      const answer = await verb(...values);
      for (let turn = 0; turn < (number * 5) % 3; turn++) await pause();
      return answer;
    };
    return lateVerb as Verb;
  }

  function lateStore(shared: Backend): SessionStore<number> {
    const plain = plainStore(shared);
    const { read, create, update, touch, destroy } = plain;
    return {
      ...plain,
      read: late(read),
      create: late(create),
      update: late(update),
      touch: late(touch),
      destroy: late(destroy),
    };
  }

  storeSuite({
    test,
    createStore: async ({ now }) => {
      const shared = backend(now);
      return { store: lateStore(shared), second: lateStore(shared) };
    },
  });
});

describe('the suite', () => {
  const createStore: CreateStore = async ({ now }) => ({ store: memoryStore({ now }) });

  test('has a name of its own for each case', () => {
    const ids = storeCases({ createStore }).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('shows a declared difference with its reason, and does not run it', async () => {
    const registered: string[] = [];
    const skipped: string[] = [];
    const register = Object.assign((name: string) => registered.push(name), {
      skip: (name: string) => skipped.push(name),
    });
    storeSuite({
      test: register,
      createStore,
      differences: { migrate: 'no schema', 'ids/nul': 'the backend ends texts at NUL' },
    });
    expect(skipped).toEqual([
      expect.stringMatching(/^ids\/nul: .* \(differs: the backend ends texts at NUL\)$/),
      expect.stringMatching(/^migrate\/again: .* \(differs: no schema\)$/),
    ]);
    expect(registered.length + skipped.length).toBe(storeCases({ createStore }).length);
  });

  test('shows it also where the runner cannot skip', async () => {
    const runs: Promise<void>[] = [];
    const register = (name: string, run: () => Promise<void>): void => {
      if (name.includes('differs')) runs.push(run());
    };
    storeSuite({
      test: register,
      createStore: () => Promise.reject(new Error('not to be called')),
      differences: { byUser: 'no index' },
    });
    expect(runs.length).toBe(
      storeCases({ createStore }).filter(({ id }) => id.startsWith('byUser/')).length,
    );
    await Promise.all(runs);
  });

  test('refuses a difference that names nothing', () => {
    expect(() => storeCases({ createStore, differences: { byuser: 'typo' } })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  test('fails for an ability that is neither there nor declared', async () => {
    const withoutCount: CreateStore = async ({ now }) => {
      const { count: _, ...store } = memoryStore({ now });
      return { store };
    };
    expect(await failures(withoutCount)).toEqual([
      'count/deadline',
      'count/live',
      'migrate/again',
      'count/moved',
    ]);
  });

  test('cleans up whether a case passes or not', async () => {
    let open = 0;
    await failures(async ({ now }) => {
      open++;
      return {
        store: { ...memoryStore({ now }), read: () => Promise.reject(new Error('down')) },
        cleanup: async () => void open--,
      };
    });
    expect(open).toBe(0);
  });
});
