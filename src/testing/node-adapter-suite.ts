import { CALLER_CASES, MIDDLEWARE_CASES, UPGRADE_CASES } from './adapter-cases/node-callers.js';
import {
  type NodeCaseDefinition,
  type NodeListener,
  type NodeMiddleware,
  runNodeCase,
} from './adapter-cases/node-case.js';
import { HELD_CASES } from './adapter-cases/node-held.js';
import { LOST_CASES } from './adapter-cases/node-lost.js';
import { MOUNTED_CASES } from './adapter-cases/node-mounted.js';
import { type ContractCase, contractCases, type RegisterTest, registerCases } from './suite.js';

export type {
  NodeAdapterContext,
  NodeListener,
  NodeMiddleware,
  SuiteResponse,
} from './adapter-cases/node-case.js';

const DEFINITIONS: readonly NodeCaseDefinition[] = [
  ...HELD_CASES,
  ...LOST_CASES,
  ...CALLER_CASES,
  ...MIDDLEWARE_CASES,
  ...UPGRADE_CASES,
  ...MOUNTED_CASES,
];

const NO_MIDDLEWARE = 'the adapter is no middleware';

/** What {@link nodeAdapterCases} needs to know of an adapter. */
export interface NodeAdapterCasesOptions {
  /** Makes a request listener behind the adapter; called once or more for each case. */
  listener: NodeListener;
  /**
   * The adapter itself, where it is middleware: it is a plain function, and stands the upgrade to a
   * WebSocket too. Default: those cases are shown as differing.
   */
  middleware?: NodeMiddleware | undefined;
  /** As those of `adapterSuite`. */
  differences?: Readonly<Record<string, string>> | undefined;
}

/**
 * The rules for an adapter that holds a response of `node:http` back, as data.
 * @throws `invalid-option` when a declared difference names no case and no group.
 */
export function nodeAdapterCases({
  listener,
  middleware,
  differences = {},
}: NodeAdapterCasesOptions): ContractCase[] {
  const declared =
    middleware === undefined
      ? { middleware: NO_MIDDLEWARE, upgrade: NO_MIDDLEWARE, ...differences }
      : differences;
  return contractCases(DEFINITIONS, declared, (definition) =>
    runNodeCase(definition, listener, middleware),
  );
}

/** What {@link nodeAdapterSuite} needs to know. */
export interface NodeAdapterSuiteOptions extends NodeAdapterCasesOptions {
  test: RegisterTest;
}

/**
 * Registers the rules for an adapter that holds a response of `node:http` back, beside those of
 * `adapterSuite`: what the response says meanwhile, middleware around it, a lost answer that is
 * still written, callers without a connection, an adapter that is mounted twice, upgrades.
 *
 * ```ts
 * nodeAdapterSuite({
 *   test,
 *   middleware: sessionMiddleware,
 *   listener: ({ sessions, before, between, handle, onError }) => {
 *     const app = express();
 *     app.use((request, response, next) => {
 *       before(request, response);
 *       next();
 *     });
 *     app.use(sessionMiddleware(sessions));
 *     if (between) {
 *       app.use((request, response, next) => {
 *         between(request, response, request.session);
 *         next();
 *       });
 *       app.use(sessionMiddleware(sessions));
 *     }
 *     app.use((request, response) => handle(request, response, request.session));
 *     app.use((error, request, response, next) => onError(error, request, response));
 *     return app;
 *   },
 * });
 * ```
 * @throws `invalid-option` when a declared difference names no case and no group.
 */
export function nodeAdapterSuite({ test, ...options }: NodeAdapterSuiteOptions): void {
  registerCases(nodeAdapterCases(options), test);
}
