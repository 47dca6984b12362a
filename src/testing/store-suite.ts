import { ABILITY_CASES } from './store-cases/abilities.js';
import type { CaseDefinition, StoresUnderTest } from './store-cases/case.js';
import { runCase } from './store-cases/case.js';
import { DEADLINE_CASES } from './store-cases/deadlines.js';
import { DESTROY_CASES } from './store-cases/destroy.js';
import { ID_CASES } from './store-cases/ids.js';
import { MOVED_CASES } from './store-cases/moved.js';
import { PAGE_CASES } from './store-cases/pages.js';
import { RACE_CASES } from './store-cases/races.js';
import { RECORD_CASES } from './store-cases/records.js';
import { VERB_CASES } from './store-cases/verbs.js';
import { WHOLE_CASES } from './store-cases/whole.js';
import { type ContractCase, contractCases, type RegisterTest, registerCases } from './suite.js';

export type { StoresUnderTest } from './store-cases/case.js';

const DEFINITIONS: readonly CaseDefinition[] = [
  ...RECORD_CASES,
  ...VERB_CASES,
  ...DESTROY_CASES,
  ...DEADLINE_CASES,
  ...RACE_CASES,
  ...ID_CASES,
  ...ABILITY_CASES,
  ...WHOLE_CASES,
  ...PAGE_CASES,
  ...MOVED_CASES,
];

/** Options of {@link storeCases}. */
export interface StoreCasesOptions {
  /** Makes an empty store whose clock is `now`. Called once for each case. */
  createStore: (context: { now: () => number }) => Promise<StoresUnderTest>;
  /** How often each race runs. Default 25. */
  rounds?: number | undefined;
  /**
   * The rules that the store does not follow: the id of a case (`'records/nul'`) or of a group
   * (`'byUser'`), with the reason. Such a case does not run; it is shown with its reason. Declare
   * missing abilities here too.
   */
  differences?: Readonly<Record<string, string>> | undefined;
}

/**
 * The rules of the store contract as data, for your own runner.
 * @throws `invalid-option` when a declared difference is not the id of a case or group.
 */
export function storeCases({
  createStore,
  rounds = 25,
  differences = {},
}: StoreCasesOptions): ContractCase[] {
  return contractCases(DEFINITIONS, differences, (definition) =>
    runCase(definition, createStore, rounds),
  );
}

/** Options of {@link storeSuite}. */
export interface StoreSuiteOptions extends StoreCasesOptions {
  test: RegisterTest;
}

/**
 * Registers every rule of the store contract as a test of your runner. Declared differences appear
 * as skipped tests with their reason, or as empty ones where the runner cannot skip.
 *
 * ```ts
 * storeSuite({ test, createStore: async ({ now }) => ({ store: memoryStore({ now }) }) });
 * ```
 * @throws `invalid-option` when a declared difference is not the id of a case or group.
 */
export function storeSuite({ test, ...options }: StoreSuiteOptions): void {
  registerCases(storeCases(options), test);
}
