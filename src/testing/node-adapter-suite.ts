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

/** Options of {@link nodeAdapterCases}. */
export interface NodeAdapterCasesOptions {
  /** Makes a request listener with the adapter. Called once or more for each case. */
  listener: NodeListener;
  /**
   * The adapter itself, if it is middleware: cases then check that it is a plain function, and that
   * it works on a WebSocket upgrade. Default: these cases are shown as differences.
   */
  middleware?: NodeMiddleware | undefined;
  /** As in `adapterSuite`. */
  differences?: Readonly<Record<string, string>> | undefined;
}

/**
 * The rules for an adapter that holds a response of `node:http` back, as data.
 * @throws `invalid-option` when a declared difference is not the id of a case or group.
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

/** Options of {@link nodeAdapterSuite}. */
export interface NodeAdapterSuiteOptions extends NodeAdapterCasesOptions {
  test: RegisterTest;
}

/**
 * Registers the rules for an adapter that holds a response of `node:http` back. Run `adapterSuite`
 * too. The rules cover the state of the held response, middleware around the adapter, a handler
 * that still writes a lost answer, callers without a connection, an adapter that is mounted twice,
 * and upgrades.
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
 * @throws `invalid-option` when a declared difference is not the id of a case or group.
 */
export function nodeAdapterSuite({ test, ...options }: NodeAdapterSuiteOptions): void {
  registerCases(nodeAdapterCases(options), test);
}
