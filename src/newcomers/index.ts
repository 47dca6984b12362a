import type { NewcomerRules } from '../core/newcomer.js';
import { type NewcomersOptions, readOptions } from './options.js';
import { rulesOf } from './rules.js';

export type { NewcomerRules } from '../core/newcomer.js';
export type { NewcomerBudget, NewcomersOptions } from './options.js';

/**
 * Keeps visitors without a login from filling the store: `createSessions({ store, newcomers:
 * newcomers({ perAddress: { max: 60, per: '1m' }, total: { max: 3000, per: '1m' } }) })`. Each
 * process has its own budgets. Logins and visitors who have a session do not count. If a budget is
 * spent, a new session is not stored: the commit fails with `newcomer-limit`, status 429.
 * @throws `invalid-option`.
 */
export function newcomers(options: NewcomersOptions = {}): NewcomerRules {
  return rulesOf(...readOptions(options));
}
