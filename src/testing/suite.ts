import { SessionError } from '../core/errors.js';

/** How a test runner registers a test: `test` of vitest, Jest or `node:test`, `it` of Mocha. */
export interface RegisterTest {
  (name: string, run: () => Promise<void>): unknown;
  skip?: ((name: string, run: () => Promise<void>) => unknown) | undefined;
}

/** One rule of a contract. */
export interface ContractCase {
  /** Group and name: `'touch/absent'`. */
  readonly id: string;
  /** The rule in words. */
  readonly title: string;
  /** Why the tested part does not follow the rule, if that was declared. */
  readonly difference: string | undefined;
  /** Rejects with an assertion error when the rule is broken. */
  readonly run: () => Promise<void>;
}

/** The cases of a contract, each with the difference that was declared for it or for its group. */
export function contractCases<Definition extends { id: string; title: string }>(
  definitions: readonly Definition[],
  differences: Readonly<Record<string, string>>,
  run: (definition: Definition) => Promise<void>,
): ContractCase[] {
  for (const name of Object.keys(differences)) {
    if (!definitions.some(({ id }) => id === name || groupOf(id) === name)) {
      throw new SessionError(
        'invalid-option',
        `differences names '${name}', which is no case. Give the id or the group of one.`,
      );
    }
  }
  return definitions.map((definition) => ({
    id: definition.id,
    title: definition.title,
    difference: differences[definition.id] ?? differences[groupOf(definition.id)],
    run: () => run(definition),
  }));
}

/**
 * Registers cases as tests. Declared differences become skipped tests, or empty ones where the
 * runner cannot skip.
 */
export function registerCases(cases: readonly ContractCase[], test: RegisterTest): void {
  for (const { id, title, difference, run } of cases) {
    if (difference === undefined) test(`${id}: ${title}`, run);
    else (test.skip ?? test)(`${id}: ${title} (differs: ${difference})`, async () => undefined);
  }
}

function groupOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}
