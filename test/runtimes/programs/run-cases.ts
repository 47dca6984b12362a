import type { ContractCase } from 'sojourn/testing';

/** How a suite went in a runtime. */
export interface SuiteResult {
  readonly passed: number;
  /** The cases that were declared to differ, with the reason. */
  readonly differences: readonly string[];
  /** The cases that failed, each with its error. */
  readonly failures: readonly string[];
}

/** Runs the cases one after the other. */
export async function runCases(cases: readonly ContractCase[]): Promise<SuiteResult> {
  const differences: string[] = [];
  const failures: string[] = [];
  for (const { id, difference, run } of cases) {
    if (difference !== undefined) differences.push(`${id}: ${difference}`);
    else
      await run().catch((error: unknown) => {
        failures.push(`${id}: ${error instanceof Error ? error.stack : String(error)}`);
      });
  }
  return { passed: cases.length - differences.length - failures.length, differences, failures };
}
