import { SessionError } from '../core/errors.js';
import { ABILITY_CASES } from './store-cases/abilities.js';
import type { CaseDefinition, StoresUnderTest } from './store-cases/case.js';
import { runCase } from './store-cases/case.js';
import { DEADLINE_CASES } from './store-cases/deadlines.js';
import { ID_CASES } from './store-cases/ids.js';
import { RACE_CASES } from './store-cases/races.js';
import { RECORD_CASES } from './store-cases/records.js';
import { VERB_CASES } from './store-cases/verbs.js';

export type { StoresUnderTest } from './store-cases/case.js';

const DEFINITIONS: readonly CaseDefinition[] = [
  ...RECORD_CASES,
  ...VERB_CASES,
  ...DEADLINE_CASES,
  ...RACE_CASES,
  ...ID_CASES,
  ...ABILITY_CASES,
];

/** What {@link storeCases} needs to know of a store. */
export interface StoreCasesOptions {
  /** Makes an empty store whose clock is `now`; called once for each case. */
  createStore: (context: { now: () => number }) => Promise<StoresUnderTest>;
  /** How often each race is run; default 25. */
  rounds?: number | undefined;
  /**
   * Where the store does otherwise, and why: the id of a case (`'records/nul'`), or a group (`'byUser'`), with the reason. Such a case is
   * not run, but shown with its reason. An ability that the store lacks must be declared too.
   */
  differences?: Readonly<Record<string, string>> | undefined;
}

/** One rule of the store contract. */
export interface StoreCase {
  /** Group and name: `'touch/absent'`. */
  readonly id: string;
  /** The rule in words. */
  readonly title: string;
  /** Why the store does otherwise, if that was declared. */
  readonly difference: string | undefined;
  /** Rejects with an assertion error when the store breaks the rule. */
  readonly run: () => Promise<void>;
}

/**
 * The rules of the store contract as data, for a runner of your own.
 * @throws `invalid-option` when a declared difference names no case and no group.
 */
export function storeCases(options: StoreCasesOptions): StoreCase[] {
  const { createStore, rounds = 25, differences = {} } = options;
  for (const name of Object.keys(differences)) {
    if (!DEFINITIONS.some(({ id }) => id === name || groupOf(id) === name)) {
      throw new SessionError('invalid-option', `differences names '${name}', which is no case. Give the id or the group of one.`);
    }
  }
  return DEFINITIONS.map((definition) => ({
    id: definition.id,
    title: definition.title,
    difference: differences[definition.id] ?? differences[groupOf(definition.id)],
    run: () => runCase(definition, createStore, rounds),
  }));
}

/** How a test runner registers a test: `test` of vitest, Jest or `node:test`, `it` of Mocha. */
export interface RegisterTest {
  (name: string, run: () => Promise<void>): unknown;
  skip?: ((name: string, run: () => Promise<void>) => unknown) | undefined;
}

/** What {@link storeSuite} needs to know. */
export interface StoreSuiteOptions extends StoreCasesOptions {
  test: RegisterTest;
}

/**
 * Registers every rule of the store contract as a test of your runner. Declared differences appear as skipped tests with their reason, or
 * as empty ones where the runner cannot skip.
 *
 * ```ts
 * storeSuite({ test, createStore: async ({ now }) => ({ store: memoryStore({ now }) }) });
 * ```
 * @throws `invalid-option` when a declared difference names no case and no group.
 */
export function storeSuite({ test, ...options }: StoreSuiteOptions): void {
  for (const { id, title, difference, run } of storeCases(options)) {
    if (difference === undefined) test(`${id}: ${title}`, run);
    else (test.skip ?? test)(`${id}: ${title} (differs: ${difference})`, async () => undefined);
  }
}

function groupOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}
