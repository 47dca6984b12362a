import type { Facts } from '../data/record-format.js';
import type { Engine } from './commit/engine.js';
import type { Visit } from './visit.js';

/**
 * The value of the option `newcomers`, which `newcomers()` of `sojourn/newcomers` makes. The rules
 * are in a module of their own, so that they add nothing to other bundles.
 */
export interface NewcomerRules {
  /**
   * Lets a visitor without a session have one.
   * @throws `newcomer-limit`.
   */
  admit(engine: Engine, visit: Visit): void;
  /** The deadline at the instant `at` of a session that would have `full`. */
  deadline(visit: Visit, facts: Facts, full: number, at: number): number;
  /** Whether the visitor of a short deadline is back, so that the session gets its normal one. */
  isBack(visit: Visit): boolean;
}
