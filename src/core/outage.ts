import { inspect } from 'node:util';
import type { Request } from '../http/request.js';
import type { SessionStore } from '../stores/contract.js';
import { SessionError } from './errors.js';
import { clockMilliseconds, type Duration } from './expiry.js';
import { refuseUnknown } from './known-options.js';
import type { SessionOptions } from './options.js';

/**
 * What a request gets when its session cannot be read. `'fail'` refuses it with status 503.
 * `'anonymous'` serves it with an empty, read-only session. `staleFor` serves it, read-only, with
 * the last copy that a tiered store has of the session, when that copy is younger than this;
 * without such a copy `otherwise` decides, by default `'fail'`.
 */
export type OutagePolicy = 'fail' | 'anonymous' | StalePolicy;

/** See {@link OutagePolicy}. A logout of the last `staleFor` may not be seen. */
export interface StalePolicy {
  readonly staleFor: Duration;
  readonly otherwise?: 'fail' | 'anonymous' | undefined;
}

/** One line of a policy: for which requests it is meant, and what they get. */
export interface OutageRule {
  /** Methods such as `'GET'`. Default all. */
  readonly methods?: readonly string[] | undefined;
  /**
   * Paths such as `'/about'`, or all below one with a star at the end: `'/products/*'`. Compared
   * with the path of the request as the client sent it. Default all.
   */
  readonly paths?: readonly string[] | undefined;
  readonly policy: OutagePolicy;
}

/** What a rule looks at. */
type Asked = Pick<Request, 'method' | 'path'>;

/** A policy as the core reads it. */
export interface ReadPolicy {
  readonly served: 'fail' | 'anonymous';
  /** In milliseconds; `undefined` when no copy will do. */
  readonly staleFor: number | undefined;
}

const FAIL: ReadPolicy = { served: 'fail', staleFor: undefined };

/** The policy of each request: of the first rule that fits it, `'fail'` when none does. */
export function readOutagePolicy({
  onStoreError = 'fail',
  store,
}: Pick<SessionOptions, 'onStoreError' | 'store'>): (request: Asked) => ReadPolicy {
  const rules = isRules(onStoreError)
    ? onStoreError.map((rule, index) => readRule(rule, `onStoreError[${index}]`))
    : [{ policy: readPolicy(onStoreError, 'onStoreError'), fits: () => true }];
  const wantsCopies = rules.some(({ policy }) => policy.staleFor !== undefined);
  if (wantsCopies && typeof (store as Partial<SessionStore>).readStale !== 'function')
    throw new SessionError(
      'invalid-option',
      "staleFor of onStoreError needs a store that keeps copies. Use tieredStore({ near, far, keepCopies: '5m' }).",
    );
  return (request) => rules.find(({ fits }) => fits(request))?.policy ?? FAIL;
}

function isRules(option: unknown): option is readonly OutageRule[] {
  return Array.isArray(option);
}

function readRule(
  rule: OutageRule,
  name: string,
): { policy: ReadPolicy; fits(request: Asked): boolean } {
  if (typeof rule !== 'object' || rule === null) throw wrong(name, rule);
  refuseUnknown(rule, ['methods', 'paths', 'policy']);
  const { methods, paths } = rule;
  for (const [key, list] of Object.entries({ methods, paths })) {
    const isList = Array.isArray(list) && list.every((entry) => typeof entry === 'string');
    if (list !== undefined && !isList) throw wrong(`${name}.${key}`, list, 'Give a list of texts.');
  }
  const isMethod = (method: string | undefined): boolean =>
    methods === undefined || methods.some((one) => one.toUpperCase() === method);
  const isPath = (path: string | undefined): boolean =>
    paths === undefined || (path !== undefined && paths.some((one) => matches(one, path)));
  return {
    policy: readPolicy(rule.policy, `${name}.policy`),
    fits: ({ method, path }) => isMethod(method) && isPath(path),
  };
}

function matches(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

function readPolicy(policy: OutagePolicy, name: string): ReadPolicy {
  if (policy === 'fail' || policy === 'anonymous') return { served: policy, staleFor: undefined };
  if (typeof policy !== 'object' || policy === null) throw wrong(name, policy);
  refuseUnknown(policy, ['staleFor', 'otherwise']);
  const { staleFor, otherwise = 'fail' } = policy;
  if (otherwise !== 'fail' && otherwise !== 'anonymous')
    throw wrong(`${name}.otherwise`, otherwise, "It is 'fail' or 'anonymous'.");
  return { served: otherwise, staleFor: clockMilliseconds(staleFor, `${name}.staleFor`) };
}

function wrong(
  name: string,
  value: unknown,
  advice = "It is 'fail', 'anonymous', { staleFor: '5m' }, or a list of rules with methods, paths and policy.",
): SessionError {
  return new SessionError(
    'invalid-option',
    `${name} is ${inspect(value, { depth: 0 })}. ${advice}`,
  );
}
